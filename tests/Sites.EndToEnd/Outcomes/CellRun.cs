using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>Runs cells one after the other on one cluster with one store, whose active site may be another one after each.</summary>
internal sealed class CellRun(SiteCluster cluster, SiteStore store, OneWriterWatch watch)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    /// <summary>Of the loss of a site: more than the lease can last after the last word of a site, with an election of etcd's in between.</summary>
    private static readonly TimeSpan Rpo = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Change = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Return = TimeSpan.FromSeconds(120);
    /// <summary>What has settled stays for longer than the site lease could.</summary>
    private static readonly TimeSpan Hold = (2 * Lease) + TimeSpan.FromSeconds(1);
    private readonly HashSet<long> _lost = [];

    /// <summary>In words, what else was seen in the last cell.</summary>
    public string Told { get; private set; } = "";

    public static SiteClusterOptions Options(Column column) => new()
    {
        Coordination = column.Coordination,
        Stores =
        [
            new SiteStoreOptions
            {
                Isolation = column.Isolation,
                SiteFailover = column.Isolation == "fence" ? "automatic" : "manual",
                SiteRpo = $"{Rpo.TotalSeconds:0}s",
            }.WithTiming("site-lease", $"{Lease.TotalSeconds:0}s"),
        ],
    };

    /// <summary>Cuts, looks, heals, waits until all is whole again, and checks what must hold whatever the outcome was.</summary>
    public async Task<Outcome> RunAsync(Cell cell)
    {
        Told = "";
        var primary = await store.FindPrimaryAsync() ?? throw new InvalidOperationException("there is no primary");
        var roles = Roles(store.SiteOf(primary));
        await cluster.Global.Admin.LeadAsync(cluster.Global.Servers[Order(roles[cell.Case.Centre])]);
        var start = Stopwatch.GetTimestamp();
        var failed = store.HostOf(primary);

        var cuts = cell.Case.Directions.Select(cut => new Cut(roles[cut.From], roles[cut.To]));
        await Task.WhenAll(cluster.Net.CutAsync(cuts), cell.HostFails ? failed.CrashAsync() : Task.CompletedTask);
        var outcome = await SettledAsync(cell, primary, roles, start);
        var last = LastOf(roles[SiteRole.Active], start);

        var healed = Stopwatch.GetTimestamp();
        await cluster.Net.SetCutsAsync();
        await (cell.HostFails ? failed.BootAsync() : Task.CompletedTask);
        await cluster.HealthyAsync(store, Return);
        var after = await watch.WritesAsync(_ => true, Return);
        Told += $"healed in {Stopwatch.GetElapsedTime(healed).TotalSeconds:0.0} s";

        watch.Overlaps.ShouldBeEmpty($"{cell}: at most one writer");
        if (outcome.Writer != Writer.Nobody)
        {
            // What was settled stays; where nobody could write, either site may, once it is allowed to.
            store.SiteOf(store.Member(after.Member)).ShouldBe(roles[outcome.Writer == Writer.Active ? SiteRole.Active : SiteRole.Passive]);
        }

        await LossKeepsThePromiseAsync(cell, roles[SiteRole.Active], last, (await store.StatusAsync())[0]);
        return outcome;
    }

    /// <summary>Waits until what is expected has come, and then sees that it stays for longer than the site lease.</summary>
    private async Task<Outcome> SettledAsync(Cell cell, MemberHost primary, IReadOnlyDictionary<SiteRole, string> roles, long start)
    {
        var (active, passive, expected) = (roles[SiteRole.Active], roles[SiteRole.Passive], Expectation.WriterOf(cell));
        if (expected == Writer.Nobody)
        {
            await Eventually.TrueAsync(
                () => Stopwatch.GetElapsedTime(LastOf(active, start)) > Lease && Stopwatch.GetElapsedTime(start) > Lease, Change,
                () => $"somebody goes on writing:\n{Describe()}");
        }
        else
        {
            var wanted = expected == Writer.Active ? active : passive;
            var written = await watch.WritesAsync(
                member => store.SiteOf(member) == wanted && (!cell.HostFails || expected == Writer.Passive || member != primary), Change);
            Told += $"first commit {Stopwatch.GetElapsedTime(start, written.Acknowledged).TotalSeconds:0.0} s after the cut; ";
        }

        var steady = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(steady) > Hold, Hold + Change, () => "time stands still");
        var commits = watch.Since(steady).ToList();
        var sites = commits.Select(commit => store.SiteOf(store.Member(commit.Member))).Distinct().ToList();
        var writer = sites switch
        {
            [] => Writer.Nobody,
            [var one] when one == active => Writer.Active,
            [var one] when one == passive => Writer.Passive,
            _ => throw new InvalidOperationException($"{string.Join(" and ", sites)} write"),
        };
        writer.ShouldBe(expected, Describe());
        var failedOver = commits.Exists(commit => commit.Member != primary.Name) && writer == Writer.Active;
        failedOver.ShouldBe(cell.HostFails && writer == Writer.Active, "the primary at the active site changes only when its host is lost");
        var streams = writer == Writer.Active && await ReachesAsync(passive);
        streams.ShouldBe(Expectation.Streams(cell), $"whether {passive} receives what is written");
        var (activeWaits, passiveWaits) = await WaitsAsync(cell, writer, primary, passive);
        return new Outcome(writer, failedOver, streams, activeWaits, passiveWaits);
    }

    /// <summary>Whether a member of a site has rows that are written now.</summary>
    private async Task<bool> ReachesAsync(string site)
    {
        var written = await watch.WritesAsync(_ => true, Change);
        var member = store.At(site).First();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Lease;)
        {
            if (await member.AskInAsync<long>(RowTable.Name, $"select count(*) from writes where id = {written.Id}") == 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The one clear line of each site that says what it waits for, as soon as it has been the same for a while.</summary>
    private async Task<(string? Active, string? Passive)> WaitsAsync(Cell cell, Writer writer, MemberHost primary, string passive)
    {
        var (lines, since) = (((string? Active, string? Passive)?)null, 0L);
        await Eventually.TrueAsync(
            async () =>
            {
                var seen = store.Members.Zip(await store.StatusAsync()).ToList();
                var leader = seen.Find(pair => store.SiteOf(pair.First) == passive && pair.Second?.Primary == pair.First.Name).Second;
                var heard = seen.Find(pair => store.SiteOf(pair.First) != passive && pair.Second is not null && (pair.First != primary || !cell.HostFails)).Second;
                var now = (writer == Writer.Nobody ? Line(heard?.Rule, heard?.Reason) : null,
                    writer == Writer.Passive ? null : Line(leader?.Sites?.Rule, leader?.Sites?.Reason));
                if (now != lines)
                {
                    (lines, since) = (now, Stopwatch.GetTimestamp());
                }

                // A machine that is busy may lose sight of the global scope for a moment; a site that is cut off from it has lost it for good.
                return Stopwatch.GetElapsedTime(since) > Lease &&
                    (now.Item2 != "SITE.away" || !Expectation.HasMajority(cell.Case, SiteRole.Passive));
            },
            Change, () => $"nobody says for long what it waits for:\n{Describe()}");
        var (active, waits) = lines!.Value;
        (writer != Writer.Nobody || (active is not null && waits is not null)).ShouldBeTrue($"nobody says what it waits for:\n{Describe()}");
        return (active, waits);

        string? Line(string? rule, string? reason)
        {
            if (rule is null || rule.EndsWith(".steady", StringComparison.Ordinal))
            {
                return null;
            }

            reason.ShouldNotBeNullOrWhiteSpace($"{rule} gives no reason");
            return rule;
        }
    }

    private async Task LossKeepsThePromiseAsync(Cell cell, string active, long last, SeenStatus? seen)
    {
        var lost = (await watch.LostAsync()).Where(commit => _lost.Add(commit.Id)).ToImmutableArray();
        if (Expectation.WriterOf(cell) != Writer.Passive && seen?.Sites?.ActiveSite == active)
        {
            lost.ShouldBeEmpty($"{cell}: the active site stays the same, so nothing is lost");
            return;
        }

        // What the move itself said when it began, in the words "at most 3.2 s missing at ber".
        var said = seen?.Sites?.Move?.Steps.FirstOrDefault(step => step.Step == "check")?.Detail ?? "";
        var bound = double.Parse(said.Split(' ')[2], CultureInfo.InvariantCulture);
        TimeSpan.FromSeconds(bound).ShouldBeLessThanOrEqualTo(Rpo);
        lost.ShouldAllBe(commit => store.SiteOf(store.Member(commit.Member)) == active);
        var window = lost.IsEmpty ? TimeSpan.Zero : Stopwatch.GetElapsedTime(lost.Min(commit => commit.Acknowledged), last);
        Told += $"; {lost.Length} lost, within {window.TotalSeconds:0.0} s ({said}); ";
        window.TotalSeconds.ShouldBeLessThanOrEqualTo(bound + 0.1, $"{cell}: no more than was said to be missing");
    }

    /// <summary>When a site last acknowledged; at the earliest the given time.</summary>
    private long LastOf(string site, long start) => watch.Since(start).Where(commit => store.SiteOf(store.Member(commit.Member)) == site)
        .Select(commit => commit.Acknowledged).DefaultIfEmpty(start).Max();

    private string Describe() => store.Describe(store.StatusAsync().GetAwaiter().GetResult());

    private Dictionary<SiteRole, string> Roles(string active) => new()
    {
        [SiteRole.Active] = active,
        [SiteRole.Passive] = cluster.Options.Sites.Single(site => site != active),
        [SiteRole.Witness] = cluster.Options.Witness,
    };

    private int Order(string site) => cluster.Options.Sites.Append(cluster.Options.Witness).ToList().IndexOf(site);
}
