using Holdfast.Configuration.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Tests;

/// <summary>Files for planning: of a system that runs, and of one that does not yet.</summary>
public class PlanFileTests
{
    private const string Alone = """
        system: shop
        sites:
          a: {}
          b: { region: north }
          w: { witness: true }
        planning:
          links: { a-b: { between: [a, b], route: 100km, bandwidth: 12MB } }
          stores:
            orders:
              class: relational
              objectives: { host-loss: { rpo: 0s, rto: 1s } }
              size: 40GB
              flush: 0.5ms
        """;

    [Fact]
    public void What_is_declared_is_declared_and_what_is_not_is_assumed()
    {
        var facts = Good(Alone);

        var link = facts.Links.ShouldHaveSingleItem();
        link.RoundTrip.Source.ShouldBe(FactSource.Derived);
        link.RoundTrip.Value.TotalMilliseconds.ShouldBe(1.18, 0.01);
        link.Line.ShouldBe(Fact.Declared(new ByteRate(12e6), "planning.links.a-b.bandwidth"));
        var store = facts.Stores.ShouldHaveSingleItem();
        store.Size.ShouldBe(Fact.Declared(new ByteCount(40e9), "planning.stores.orders.size"));
        store.Flush.Value.ShouldBe(TimeSpan.FromMicroseconds(500));
        store.Log.ShouldBe(PlanDefaults.Log);
        (store.PeakLog.Value, store.PeakLog.Source).ShouldBe((PlanDefaults.Log.Value * PlanDefaults.PeakFactor, FactSource.Derived));
        store.Objectives[FailureKind.Process].ShouldBe(new ObjectiveSpec(TimeSpan.Zero, TimeSpan.FromSeconds(1)), "a process is less than a host");
        store.Objectives.ShouldNotContainKey(FailureKind.Site);
        facts.Sites.Select(site => (site.Name, site.Region, site.Witness)).ShouldBe([("a", "(of a)", false), ("b", "north", false), ("w", "(of w)", true)]);
    }

    [Fact]
    public void A_store_that_runs_brings_its_objectives_its_timing_and_its_members()
    {
        var facts = Good(Sample.TwoSites + "planning:\n  stores:\n    orders: { size: 1TB }\n");

        var store = facts.Stores.ShouldHaveSingleItem();
        store.Objectives[FailureKind.Site].ShouldBe(new ObjectiveSpec(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)));
        store.Suspicion.Value.ShouldBe(TimeSpan.FromMilliseconds(600));
        store.SiteLease.ShouldBe(PlanDefaults.SiteLease, "nobody wrote it");
        store.Running.ShouldBe([new("ber", 2), new("fra", 2)]);
        store.Size.Value.Bytes.ShouldBe(1e12);
        facts.Links.ShouldHaveSingleItem().RoundTrip.ShouldBe(PlanDefaults.RoundTrip, "the sites are linked, nobody said how");
    }

    [Fact]
    public void What_somebody_wrote_of_a_store_is_declared_and_its_defaults_are_not()
    {
        var store = Good(Sample.InStore(
            Sample.TwoSites, "timing: { site-lease: 3s }", "site-link: { queue-full: stop-writes }", "isolation: continue")).Stores[0];

        store.SiteLease.ShouldBe(Fact.Declared(TimeSpan.FromSeconds(3), "stores.orders.timing.site-lease"));
        store.Lease.ShouldBe(PlanDefaults.Lease);
        store.StopsWhenFull.ShouldBe(Fact.Declared(true, "stores.orders.site-link.queue-full"));
        store.GoesOnAlone.ShouldBe(Fact.Declared(true, "stores.orders.isolation"));
        (store.AutomaticSiteFailover.Source, store.AutomaticSiteFailover.Origin).ShouldBe((FactSource.Assumed, "stores.orders.site-failover is not set"));
    }

    [Fact]
    public void What_is_demanded_for_the_only_site_of_a_store_is_demanded()
    {
        Good(Sample.Text).Stores[0].Objectives.ShouldNotContainKey(FailureKind.Site, "nobody said anything");
        Good(Sample.InStore(Sample.Text, "objectives: { site-loss: { rpo: 1m, rto: 1h } }")).Stores[0].Objectives[FailureKind.Site]
            .ShouldBe(new ObjectiveSpec(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_store_that_runs_has_the_backups_that_somebody_declares()
    {
        var bare = Good(Sample.Text).Stores[0];
        (bare.HasBackup.Value, bare.Backup).ShouldBe((false, null));
        bare.HasBackup.Origin.ShouldBe("neither stores.orders.backup nor planning.backup.interval is given");
        Good(Sample.Text + "planning: { backup: { interval: 6h } }\n").Stores[0].HasBackup.ShouldBe(Fact.Declared(true, "planning.backup.interval"));

        const string Repository = "  repositories: { r: { site: fra, directory: /backup, keep-full: 3 } }";
        Good(Sample.InStore(Sample.Text, "backup:", Repository)).Stores[0].HasBackup.Value.ShouldBeFalse("nobody takes any");
        var own = Good(Sample.InStore(
            Sample.Text, "backup:", Repository, "  archive-timeout: 30s", "  schedule: { full: '0 2 * * 0', incremental: '0 */6 * * *' }")).Stores[0].Backup!;
        own.Interval.ShouldBe(Fact.Derived(TimeSpan.FromHours(6), "the longest pause of stores.orders.backup.schedule"));
        own.Retention.Value.ShouldBe(TimeSpan.FromDays(21));
        own.ArchiveTimeout.ShouldBe(Fact.Declared(TimeSpan.FromSeconds(30), "stores.orders.backup.archive-timeout"));
        (own.OffSite.Value, own.OffSite.Source).ShouldBe((false, FactSource.Derived));
    }

    [Fact]
    public void A_region_that_nobody_named_is_an_assumption_and_says_so()
    {
        var facts = Good(Alone);
        var rows = Core.Planning.FactTable.Of(facts).Where(row => row.Name == "region" && row.Of.StartsWith("site ", StringComparison.Ordinal)).ToList();

        rows.Select(row => (row.Of, row.Text, row.Source)).ShouldBe(
            [("site a", "its own", FactSource.Assumed), ("site b", "north", FactSource.Declared), ("site w", "its own", FactSource.Assumed)]);
        rows[1].Origin.ShouldBe("sites.b.region");
    }

    [Fact]
    public void A_store_that_is_planned_only_stands_beside_one_that_runs() =>
        Good(Sample.Text + "planning:\n  stores:\n    sessions: { class: cache, objectives: { host-loss: { rpo: 5s, rto: 5s } } }\n")
            .Stores.Select(store => (store.Name, store.Class)).ShouldBe([("orders", StoreClass.Relational), ("sessions", StoreClass.Cache)]);

    [Theory]
    [InlineData("route: 100km", "route: 100", "planning.links.a-b.route", "'100' is not a route length; write for example 550km")]
    [InlineData("route: 100km", "route: 50000km", "planning.links.a-b.route", "'50000km' is longer than any route on earth; write at most 40000km")]
    [InlineData(
        "route: 100km, ", "", "planning.links.a-b.round-trip",
        "neither 'round-trip' nor 'route' is given; add 'round-trip: 6ms' (what ping says), or 'route: 550km'")]
    [InlineData("between: [a, b]", "between: [a, c]", "planning.links.a-b.between[1]", "there is no site 'c'; the sites are: a, b, w")]
    [InlineData("between: [a, b]", "between: [a, a]", "planning.links.a-b.between", "a link is between two different sites; name two, such as [fra, ber]")]
    [InlineData("flush: 0.5ms", "flush: 5 minutes", "planning.stores.orders.flush", "'5 minutes' is not a latency; write for example 300us, 0.5ms or 6ms")]
    [InlineData("flush: 0.5ms", "damage: -3", "planning.stores.orders.damage", "'-3' is not a number; write a number from 0 to 1000000000000, such as 1000")]
    [InlineData("flush: 0.5ms", "connections: 0", "planning.stores.orders.connections",
        "without connections there are no commits; write how many there are, for example 20")]
    [InlineData("flush: 0.5ms", "commit-budget: 0s", "planning.stores.orders.commit-budget",
        "no commit takes no time at all; write the longest that one may take, for example 10ms")]
    [InlineData("bandwidth: 12MB", "loss: 0.9", "planning.links.a-b.loss",
        "90 % of all packets: with more than 10 % lost, time-outs decide, and no plan can count on the line; "
        + "write a share such as 0.0001 (one in ten thousand), or have the line mended")]
    [InlineData(
        "class: relational", "class: sql", "planning.stores.orders.class",
        "'sql' is not a choice here; the choice is: relational, cache, broker, secrets, nosql, kubernetes")]
    [InlineData("rpo: 0s, ", "", "planning.stores.orders.objectives.host-loss.rpo", "is missing; add 'rpo: 0s'")]
    [InlineData(
        "objectives: { host-loss: { rpo: 0s, rto: 1s } }", "active-site: w", "planning.stores.orders.objectives",
        "nothing is demanded of it; add 'objectives: {host-loss: {rpo: 0s, rto: 1s}}'")]
    public void What_is_wrong_is_said_with_its_place_and_its_remedy(string part, string replacement, string path, string text)
    {
        Alone.ShouldContain(part);
        var problems = Read(Alone.Replace(part, replacement)).Errors.ToList();

        problems.ShouldContain(problem => problem.Path == path && $"{problem.Message}; {problem.Remedy}" == text, string.Join("\n", problems));
    }

    [Fact]
    public void A_store_that_runs_does_not_say_twice_what_it_promises()
    {
        var reading = Read(Sample.Text + "planning:\n  stores:\n    orders: { class: cache, objectives: { site-loss: { rpo: 0s, rto: 1s } } }\n");

        reading.Errors.Select(problem => problem.Path).ShouldBe(["planning.stores.orders.class", "planning.stores.orders.objectives.site-loss"],
            ignoreOrder: true);
    }

    [Fact]
    public void Facts_are_checked_with_the_file_of_a_system_too() =>
        Sample.Parse(Sample.Text + "planning:\n  links: { x: { between: [fra, nowhere] } }\n").Errors.Select(problem => problem.Path)
            .ShouldBe(["planning.links.x.between[1]", "planning.links.x.round-trip"], ignoreOrder: true);

    [Theory]
    [InlineData("system: s\nsites: { w: { witness: true } }\n", "every site is a witness: none could have data")]
    [InlineData("system: s\nsites: { a: {} }\n", "there is no store to plan")]
    [InlineData("system: s\nsites: { a: {} }\nplaning: {}\n", "'planing' is not a key here")]
    public void A_file_without_anything_to_plan_is_refused(string text, string message) =>
        Read(text).Errors.ShouldContain(problem => problem.Message == message);

    [Theory]
    [InlineData("hospital.yaml")]
    [InlineData("grid-operator.yaml")]
    [InlineData("small-shop.yaml")]
    public void The_samples_can_be_planned(string file) =>
        PlanFile.Load(Repository.PathOf($"samples/plans/{file}"), ProcessEnvironment.Instance).Problems.ShouldBeEmpty();

    /// <summary>Plans are made at desks: passwords and keys are on the servers.</summary>
    [Fact]
    public void No_secret_and_no_key_is_needed_or_looked_at_for_a_plan()
    {
        foreach (var reference in (string[])["file:/nobody/has/this", "\"${env:NOBODY_SETS_THIS}\""])
        {
            var text = WithToken(reference);
            PlanFile.Parse(text, "/etc/holdfast", new NothingOutside()).Problems.ShouldBeEmpty();
            Sample.Parse(text).Errors.ShouldNotBeEmpty("whoever runs it needs them");
        }
    }

    [Theory]
    [InlineData("\"file:\"", "'file:' names no file")]
    [InlineData("\"${NAME}\"", "is not a reference that can be followed")]
    public void A_reference_to_a_secret_must_still_be_one(string reference, string message) =>
        Read(WithToken(reference)).Errors.ShouldContain(problem => problem.Message == message);

    [Theory]
    [InlineData("30d", 30)]
    [InlineData("2160h", 90)]
    [InlineData("3650d", 3650)]
    public void Backups_may_be_kept_for_years(string retention, int days) =>
        Good(Alone + $"\n  backup: {{ retention: {retention} }}\n").Backup.Retention.Value.ShouldBe(TimeSpan.FromDays(days));

    [Theory]
    [InlineData("3651d", "'3651d' is longer than 3650d; write a shorter time")]
    [InlineData("30", "'30' is not a duration; add the unit: 30s, 30m, 30h or 30d")]
    [InlineData("1y", "'1y' is not a duration; write for example 90s, 15m, 24h or 30d")]
    public void But_not_for_ever(string retention, string text) => Read(Alone + $"\n  backup: {{ retention: {retention} }}\n").Errors
        .Select(problem => (problem.Path, $"{problem.Message}; {problem.Remedy}")).ShouldBe([("planning.backup.retention", text)]);

    private static string WithToken(string reference) => Sample.TwoSites
        + $"security: {{ token: {reference}, tls: {{ certificate: /tls/a.crt, key: /tls/a.key, ca: /tls/ca.crt }} }}\n";

    private static PlanReading Read(string text) => PlanFile.Parse(text, "/etc/holdfast", new FakeEnvironment());

    private static PlanFacts Good(string text)
    {
        var reading = Read(text);
        reading.Errors.ShouldBeEmpty();
        return reading.Facts.ShouldNotBeNull();
    }

    /// <summary>Fails the test that looks at it.</summary>
    private sealed class NothingOutside : IEnvironment
    {
        public string? Variable(string name) => throw new InvalidOperationException($"the environment variable {name} was looked at");
        public FileContent Read(string path, int limit) => throw new InvalidOperationException($"{path} was read");
    }
}
