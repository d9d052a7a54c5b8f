using System.Collections.Immutable;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Core.Planning;

/// <summary>The decisions around a plan, those that were asked for.</summary>
/// <param name="Storage">For each relational store.</param>
public sealed record PlanDecisions(KubernetesBackup? Kubernetes, CloudFootprint? Cloud, ImmutableArray<DatabaseStorage> Storage)
{
    public bool IsEmpty => Kubernetes is null && Cloud is null && Storage.IsEmpty;

    /// <exception cref="Quantities.ImpossibleException">A fact that cannot be.</exception>
    public static PlanDecisions Of(DecisionFacts facts, IEnumerable<StorePlan> stores)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return new PlanDecisions(
            facts.Kubernetes is { } cluster ? KubernetesBackup.Of(cluster.Value) : null,
            facts.Cloud is { } cloud ? CloudFootprint.Of(cloud.Value) : null,
            facts.Storage is { } storage
                ? [.. stores.Where(plan => plan.Store.Class == StoreClass.Relational)
                    .Select(plan => DatabaseStorage.Of(storage.Value, StoreNeeds.Of(plan, storage.Value)))]
                : []);
    }

    /// <summary>What concerns one store by itself: its disks. How many clouds there are is no store's own question.</summary>
    public PlanDecisions OfStore(string name) => new(null, null, [.. Storage.Where(one => one.Store.Name == name)]);
}
