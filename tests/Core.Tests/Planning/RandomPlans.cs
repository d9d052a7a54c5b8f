using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>Systems of any size and shape, for what must hold of all of them.</summary>
internal static class RandomPlans
{
    private static readonly Gen<bool> YesNo = Gen.Elements(true, false);
    private static readonly Gen<double> Seconds = Gen.Elements(0, 0.3, 1, 5, 60, 900, 3600, 86_400.0);

    private static readonly Gen<ImmutableDictionary<FailureKind, ObjectiveSpec>> Objectives =
        from kinds in Gen.SubListOf(Enum.GetValues<FailureKind>())
        from rpo in Seconds
        from rto in Seconds
        select kinds.ToImmutableDictionary(kind => kind, _ => new ObjectiveSpec(TimeSpan.FromSeconds(rpo), TimeSpan.FromSeconds(rto)));

    /// <summary>Without enforce-rpo: there an objective of a site is a setting, too, by which more may be lost with a region.</summary>
    private static readonly Gen<StoreFacts> AnyStore =
        from kind in Gen.Elements(Enum.GetValues<StoreClass>())
        from objectives in Objectives
        from log in Between(1e3, 200e6)
        from peak in Between(1, 20)
        from budget in Between(1, 200)
        from flush in Between(0.05, 20)
        from damage in Between(1, 1e6)
        from automatic in YesNo
        from backup in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        select Store(kind).Writes(log, log * peak) with
        {
            Objectives = objectives,
            CommitBudget = Said(Milliseconds(budget)),
            Flush = Said(Milliseconds(flush)),
            Damage = Said(new Money(damage)),
            AutomaticSiteFailover = Said(automatic),
            HasBackup = Said(backup),
        };

    /// <summary>One to three stores on one to three sites.</summary>
    public static readonly Gen<PlanFacts> Systems =
        from stores in Gen.Choose(1, 3).SelectMany(count => AnyStore.ListOf(count))
        from shape in Gen.Choose(0, 3)
        from far in Between(0.1, 200)
        from nearer in Between(0.01, 1)
        from megabits in Between(1, 10_000)
        from loss in Gen.Elements(0, 0, 1e-6, 0.01, 1.0)
        from offSite in YesNo
        from offRegion in YesNo
        select Shaped(shape, far, far * nearer, [.. stores.Select((store, at) => store with { Name = $"store-{at}" })])
            .WithLine(megabits).EachLink(link => link with { Loss = Said(new Probability(loss)) })
            .WithRepository(offSite || offRegion, offRegion);

    /// <summary>From one to the other, evenly in orders of magnitude.</summary>
    public static Gen<double> Between(double low, double high)
    {
        var least = Math.Max(low, 1e-6);
        return Gen.Choose(0, 100_000).Select(step => Math.Clamp(least * Math.Pow(high / least, step / 100_000.0), low, high));
    }

    public static Gen<(double Less, double More)> Pair(double low, double high) =>
        from one in Between(low, high) from other in Between(low, high) select (Math.Min(one, other), Math.Max(one, other));

    public static void ForAll<T>(Gen<T> cases, Action<T> holds, int times = 300) => Prop.ForAll(
        cases.ToArbitrary(),
        one =>
        {
            holds(one);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    public static PlanFacts EachStore(this PlanFacts facts, Func<StoreFacts, StoreFacts> change) =>
        facts with { Stores = [.. facts.Stores.Select(change)] };

    public static ImmutableDictionary<FailureKind, ObjectiveSpec> ToImmutableObjectives(
        this ImmutableDictionary<FailureKind, ObjectiveSpec> objectives, Func<FailureKind, ObjectiveSpec, ObjectiveSpec> change) =>
        objectives.ToImmutableDictionary(pair => pair.Key, pair => change(pair.Key, pair.Value));

    private static PlanFacts Shaped(int shape, double far, double near, StoreFacts[] stores) => shape switch
    {
        0 => Alone(stores),
        1 => Apart(far, stores).WithoutWitness(),
        2 => Apart(far, stores),
        _ => ThreePlaces(near, far, stores),
    };

    private static PlanFacts EachLink(this PlanFacts facts, Func<LinkFacts, LinkFacts> change) =>
        facts with { Links = [.. facts.Links.Select(change)] };

    private static PlanFacts WithRepository(this PlanFacts facts, bool offSite, bool offRegion) =>
        facts with { Backup = facts.Backup with { OffSite = Said(offSite), OffRegion = Said(offRegion) } };
}
