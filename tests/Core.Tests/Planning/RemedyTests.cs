using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;
using static Holdfast.Core.Tests.Planning.RandomPlans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>What a plan says that would do does: its text is carried out, and the objectives are met.</summary>
public sealed class RemedyTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Whatever_would_do_does_when_all_of_it_is_done()
    {
        var (promised, broken) = (0, new SortedDictionary<string, string>(StringComparer.Ordinal));
        ForAll(
            Systems,
            facts =>
            {
                for (var at = 0; at < facts.Stores.Length; at++)
                {
                    var changes = Planner.Plan(facts).Stores[at].Changes;
                    if (changes.IsEmpty || !changes[0].Contains(" would do"))
                    {
                        continue; // what is told otherwise is no promise: an objective to relax, or a conflict of two
                    }

                    promised++;
                    var after = Planner.Plan(changes.Aggregate(facts, (changed, change) => Apply(changed, at, change))).Stores[at];
                    if (!after.IsMet)
                    {
                        // One of each kind: the numbers in it do not matter.
                        var story = $"done: {string.Join("\n  ", changes)}\n  still: {string.Join("\n  ", after.Changes)}\n";
                        broken.TryAdd(Regex.Replace(story, "[0-9.]+ [kMGµnm]?[A-Za-z/]*", "#"), story);
                    }
                }
            },
            times: AllTests.Runs(3000));

        string.Join("\n", broken.Values.Take(12)).ShouldBeEmpty();
        promised.ShouldBeGreaterThan(AllTests.Runs(300), "most plans that miss something promise something");
    }

    [Fact]
    public void Without_a_second_site_the_witness_and_the_automatic_failover_are_named_too()
    {
        var changes = Plan(Alone(Store().Asks(FailureKind.Site, TimeSpan.FromSeconds(5), Minute))).Changes;
        changes.Length.ShouldBe(3);
        changes[0].ShouldStartWith("asynchronous, hot, 1 + 1 members would do, with all of these: a second site, and planning.links with its distance");
        changes[1].ShouldStartWith("and a witness at a third place");
        changes[2].ShouldStartWith("and automatic-site-failover: true");
    }

    [Fact]
    public void A_second_site_that_does_not_exist_has_a_distance_too_and_it_must_fit_the_budget() =>
        Plan(Alone(Store().Asks(FailureKind.Site, TimeSpan.Zero, Minute))).Changes
            .ShouldContain(change => change.StartsWith("and a site within 7.85 ms: 781 km of fibre"));

    [Fact]
    public void In_a_peak_that_a_window_does_not_carry_a_wider_window_is_named_and_not_a_thicker_line()
    {
        // 3 MiB each 6 ms are 524 MB/s.
        var facts = Apart(6, Store().Writes(1e6, 600e6).Asks(FailureKind.Site, TimeSpan.Zero, Minute) with { Replay = Said(new ByteRate(1e9)) })
            .WithLine(100_000);
        Plan(facts).Changes.ShouldHaveSingleItem().ShouldContain("would do: a window of at least 4.5 MB");
    }

    [Fact]
    public void In_a_peak_the_line_must_carry_what_the_other_stores_write_as_well()
    {
        var facts = Apart(6, Store().Writes(1e6, 20e6).Asks(FailureKind.Site, TimeSpan.Zero, Minute), Store(name: "other").Writes(60e6)).WithLine(600);
        var change = Plan(facts).Changes.ShouldHaveSingleItem();
        Number(change, @"a line of at least ([0-9.]+) Mbit/s").ShouldBe(80 * 8 * 1.25 / LinkCapacity.LogShare, 1);
    }

    /// <summary>Carries out what a person would read. Text that it does not know fails the test.</summary>
    private static PlanFacts Apply(PlanFacts facts, int at, string change)
    {
        var text = Regex.Replace(change, @"^.* would do(, with all of these)?: |^and ", "");
        var store = facts.Stores[at];
        var (near, far) = Links(facts, store);
        return text switch
        {
            _ when text.StartsWith("a second site") => facts with
            {
                Sites = facts.Sites.Add(There with { Region = text.Contains("in another region") ? "another" : Here.Region }),
                // As told: reckoned with the usual link.
                Links = [.. facts.Links, .. facts.DataSites.Select(site => PlanDefaults.Link(site.Name, There.Name))],
            },
            _ when text.StartsWith("a third place with data") || text.StartsWith("a receiver a few kilometres away") => WithThirdPlace(facts, far!, text),
            _ when text.StartsWith("a witness") => facts with
            {
                Sites = facts.Sites.Add(Third with { Region = text.Contains("in a region of its own") ? "its own" : Here.Region }),
            },
            _ when text.Contains("site-failover: true") || text.StartsWith("site-failover: automatic") => Change(
                facts, at, store with { AutomaticSiteFailover = Said(true) }),
            _ when text.StartsWith("planning.backup.off-site: true") => facts.WithOffSiteBackup(),
            _ when text.StartsWith("planning.backup.off-region: true") => facts with
            {
                Backup = facts.Backup with { OffSite = Said(true), OffRegion = Said(true) },
            },
            _ when text.StartsWith("a backup: stores.") => Change(facts, at, store with { HasBackup = Said(true) }),
            _ when text.StartsWith("host-loss.rpo: 0s") => Change(
                facts, at, store with
                {
                    Objectives = store.Objectives.SetItem(
                        FailureKind.Host, store.Objectives[FailureKind.Host] with { Rpo = TimeSpan.Zero }),
                }),
            _ when text.StartsWith("a site within") => WithRoundTrip(facts, far!, Time(text, "within")),
            _ when text.StartsWith("a third place within") => WithRoundTrip(facts, near!, Time(text, "within")),
            _ when text.StartsWith("a commit-budget of at least") => Change(facts, at, store with { CommitBudget = Said(Time(text, "at least")) }),
            _ when text.Contains("connections, or more work") => Change(
                facts, at, store with { Connections = Said(Number(text, "^at least ([0-9]+) connections")) }),
            _ when text.StartsWith("a line of at least") => EachLink(facts, link => link with
            {
                Line = Said(Most(link.Line.Value, ByteRate.OfMegabits(Number(text, @"at least ([0-9.]+) Mbit/s")))),
            }),
            _ when text.StartsWith("a window of at least") => EachLink(facts, link => link with
            {
                Window = Said(new ByteCount(Math.Max(link.Window.Value.Bytes, Bytes(text, "B")))),
            }),
            _ when text.StartsWith("a line that loses at most") => EachLink(facts, link => link with
            {
                Loss = Said(new Probability(Math.Min(link.Loss.Value.Value, Number(text, @"at most ([0-9.]+) %") / 100))),
            }),
            _ when text.StartsWith("standbys that replay at least") => Change(facts, at, store with { Replay = Said(new ByteRate(Bytes(text, "B/s"))) }),
            _ when Regex.IsMatch(text, "^[0-9] members") => facts, // of a pattern that has too few: another one with enough is among the candidates
            _ => throw new ArgumentException($"this test does not know how to do '{text}'"),
        };
    }

    private static (LinkFacts? Near, LinkFacts? Far) Links(PlanFacts facts, StoreFacts store)
    {
        var active = facts.DataSites.FirstOrDefault(site => site.Name == store.ActiveSite) ?? facts.DataSites.First();
        var links = facts.DataSites.Where(site => site != active).Select(site => facts.Link(active.Name, site.Name)!).OrderBy(link => link.RoundTrip.Value).ToList();
        return (links.Count > 1 ? links[0] : null, links.Count > 0 ? links[^1] : null);
    }

    /// <summary>At the distance that the text says it reckoned with.</summary>
    private static PlanFacts WithThirdPlace(PlanFacts facts, LinkFacts far, string text) => facts with
    {
        Sites = facts.Sites.Add(Near),
        Links =
        [
            .. facts.Links, .. facts.DataSites.Select(site => PlanDefaults.Link(site.Name, Near.Name) with
            {
                RoundTrip = Said(far.Joins(site.Name, facts.DataSites.First().Name) && site != facts.DataSites.First()
                    ? far.RoundTrip.Value : Time(text, "reckoned with")),
            }),
        ],
    };

    private static PlanFacts WithRoundTrip(PlanFacts facts, LinkFacts which, TimeSpan roundTrip) =>
        EachLink(facts, link => link == which && roundTrip < link.RoundTrip.Value ? link with { RoundTrip = Said(roundTrip) } : link);

    private static PlanFacts Change(PlanFacts facts, int at, StoreFacts store) => facts with { Stores = facts.Stores.SetItem(at, store) };

    private static PlanFacts EachLink(PlanFacts facts, Func<LinkFacts, LinkFacts> change) => facts with { Links = [.. facts.Links.Select(change)] };

    private static ByteRate Most(ByteRate left, ByteRate right) => left >= right ? left : right;

    private static TimeSpan Time(string text, string after)
    {
        var match = Regex.Match(text, $@"{after} ([0-9.]+) (µs|ms|s|min)\b");
        match.Success.ShouldBeTrue($"no time after '{after}': {text}");
        var seconds = match.Groups[2].Value switch { "µs" => 1e-6, "ms" => 1e-3, "s" => 1, _ => 60.0 };
        return Duration.OfSeconds(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * seconds);
    }

    private static double Bytes(string text, string unit)
    {
        var match = Regex.Match(text, $@"at least ([0-9.]+) ([kMGTP]?){unit}(\W|$)");
        match.Success.ShouldBeTrue(text);
        var thousands = " kMGTP".IndexOf(match.Groups[2].Value.PadLeft(1), StringComparison.Ordinal);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * Math.Pow(1000, thousands);
    }

    private static double Number(string text, string pattern)
    {
        var match = Regex.Match(text, pattern);
        match.Success.ShouldBeTrue(text);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
