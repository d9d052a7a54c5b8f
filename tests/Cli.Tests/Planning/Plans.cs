using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests.Planning;

/// <summary>Facts to plan from: two sites, 300 km apart, a witness, and three stores; all else as it is when nobody says.</summary>
internal static class Plans
{
    public const double RouteKilometres = 300;

    public static PlanFacts Facts { get; } = new()
    {
        System = "grid-control",
        Currency = "EUR",
        Sites =
        [
            new PlanSite("fra", "hesse", Witness: false), new PlanSite("ber", "berlin", Witness: false),
            new PlanSite("muc", "bavaria", Witness: true),
        ],
        Links = [Link("fra", "ber", RouteKilometres)],
        Stores =
        [
            PlanDefaults.Store("orders", StoreClass.Relational) with
            {
                Objectives = Objectives((FailureKind.Host, 0, 2), (FailureKind.Site, 5, 3600)),
                Log = Fact.Declared(new ByteRate(4e6), "planning.stores.orders.log"),
                PeakLog = Fact.Declared(new ByteRate(20e6), "planning.stores.orders.peak-log"),
            },
            PlanDefaults.Store("sessions", StoreClass.Cache) with { Objectives = Objectives((FailureKind.Host, 10, 30), (FailureKind.Site, 60, 3600)) },
            // No site is brought back within a second.
            PlanDefaults.Store("keys", StoreClass.Secrets) with { Objectives = Objectives((FailureKind.Host, 0, 30), (FailureKind.Site, 5, 1)) },
        ],
        Times = PlanDefaults.Times,
        Backup = PlanDefaults.Backup,
        Prices = PlanDefaults.Prices,
        Failures = PlanDefaults.Failures,
        CommonCause = PlanDefaults.CommonCause,
    };

    public static LinkFacts Link(string from, string to, double kilometres)
    {
        var route = Fact.Declared(new RouteLength(kilometres), "planning.links[0].route");
        return PlanDefaults.Link(from, to) with
        {
            Route = route,
            RoundTrip = route.Derive(length => Core.Planning.Physics.Propagation.RoundTrip(length, PlanDefaults.Equipment), "from the route"),
        };
    }

    /// <param name="all">RPO and RTO in seconds.</param>
    public static ImmutableDictionary<FailureKind, ObjectiveSpec> Objectives(params (FailureKind Failure, double Rpo, double Rto)[] all) =>
        all.ToImmutableDictionary(one => one.Failure, one => new ObjectiveSpec(TimeSpan.FromSeconds(one.Rpo), TimeSpan.FromSeconds(one.Rto)));

    /// <summary>The same with every store changed.</summary>
    public static PlanFacts With(Func<StoreFacts, StoreFacts> change) => Facts with { Stores = [.. Facts.Stores.Select(change)] };
}
