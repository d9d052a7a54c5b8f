using System.Collections.Immutable;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Planning;

/// <summary>Facts made by hand: the defaults, and what a test changes of them.</summary>
internal static class Plans
{
    public static readonly PlanSite Here = new("here", "north", Witness: false);
    public static readonly PlanSite Near = new("near", "north", Witness: false);
    public static readonly PlanSite There = new("there", "south", Witness: false);
    public static readonly PlanSite Third = new("third", "east", Witness: true);

    public static Fact<T> Said<T>(T value)
        where T : notnull => Fact.Declared(value, "the test");

    public static StoreFacts Store(StoreClass kind = StoreClass.Relational, string name = "orders") => PlanDefaults.Store(name, kind);

    public static StoreFacts Asks(this StoreFacts store, FailureKind failure, TimeSpan rpo, TimeSpan rto) =>
        store with { Objectives = store.Objectives.SetItem(failure, new ObjectiveSpec(rpo, rto)) };

    public static StoreFacts Writes(this StoreFacts store, double average, double? peak = null) =>
        store with { Log = Said(new ByteRate(average)), PeakLog = Said(new ByteRate(peak ?? average)) };

    public static LinkFacts Link(PlanSite from, PlanSite to, double roundTripMilliseconds) =>
        PlanDefaults.Link(from.Name, to.Name) with { RoundTrip = Said(Milliseconds(roundTripMilliseconds)) };

    /// <summary>One site and nothing else.</summary>
    public static PlanFacts Alone(params StoreFacts[] stores) => Of([Here], [], stores);

    /// <summary>Two sites in two regions, a link between them, and a witness in a third region.</summary>
    public static PlanFacts Apart(double roundTripMilliseconds, params StoreFacts[] stores) =>
        Of([Here, There, Third], [Link(Here, There, roundTripMilliseconds)], stores);

    /// <summary>The same without the witness.</summary>
    public static PlanFacts WithoutWitness(this PlanFacts facts) => facts with { Sites = facts.Sites.RemoveAll(site => site.Witness) };

    /// <summary>Three places with data: one nearby in the same region, one far in another.</summary>
    public static PlanFacts ThreePlaces(double near, double far, params StoreFacts[] stores) =>
        Of([Here, Near, There], [Link(Here, Near, near), Link(Here, There, far), Link(Near, There, far)], stores);

    /// <summary>Every link becomes one of that many megabits a second.</summary>
    public static PlanFacts WithLine(this PlanFacts facts, double megabits) =>
        facts with { Links = [.. facts.Links.Select(link => link with { Line = Said(ByteRate.OfMegabits(megabits)) })] };

    public static PlanFacts WithOffSiteBackup(this PlanFacts facts) => facts with { Backup = facts.Backup with { OffSite = Said(true) } };

    /// <summary>Of the first store.</summary>
    public static StorePlan Plan(PlanFacts facts) => Planner.Plan(facts).Stores[0];

    /// <summary>Of the first store, whether it can be had or not.</summary>
    public static Assessment Assess(PlanFacts facts, DataPattern pattern, Readiness readiness, int members = 2) =>
        Assess(facts, new Candidate(pattern, members, readiness));

    /// <summary>One member at each of three places: of the first store, whether it can be had or not.</summary>
    public static Assessment AssessSpread(PlanFacts facts) => Assess(facts, new Candidate(DataPattern.StretchedQuorum, 1, Readiness.Hot, NearMembers: 1));

    private static Assessment Assess(PlanFacts facts, Candidate candidate) => Assessment.Of(new Setting(facts, facts.Stores[0]), candidate);

    public static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond));

    private static PlanFacts Of(PlanSite[] sites, LinkFacts[] links, StoreFacts[] stores) => new()
    {
        System = "planned",
        Currency = "EUR",
        Sites = [.. sites],
        Links = [.. links],
        Stores = [.. stores],
        Times = PlanDefaults.Times,
        Backup = PlanDefaults.Backup,
        Prices = PlanDefaults.Prices,
        Failures = PlanDefaults.Failures,
        CommonCause = PlanDefaults.CommonCause,
    };
}
