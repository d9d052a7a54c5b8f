using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Planning;

/// <summary>Makes the facts of the decisions that the file asks for, each with its source.</summary>
internal static class DecisionFactBuilder
{
    /// <param name="planning">The section <c>planning</c>.</param>
    /// <param name="stores">As they are planned: what a cluster must do may be said there already.</param>
    public static DecisionFacts Build(Section planning, ImmutableArray<StoreFacts> stores, BackupFacts backup) => new()
    {
        Kubernetes = planning.IsGiven(PlanningKeys.Kubernetes)
            ? Declared(planning.Sub(PlanningKeys.Kubernetes), PlanKubernetesKeys.All, Known(stores, backup))
            : null,
        Cloud = planning.IsGiven(PlanningKeys.Cloud)
            ? Declared(planning.Sub(PlanningKeys.Cloud), PlanCloudKeys.All, new SourcedFacts<CloudFacts>(new CloudFacts()))
            : null,
        Storage = planning.IsGiven(PlanningKeys.Storage)
            ? Declared(planning.Sub(PlanningKeys.Storage), PlanStorageKeys.All, new SourcedFacts<StorageFacts>(new StorageFacts()))
            : null,
    };

    private static SourcedFacts<T> Declared<T>(Section section, ImmutableArray<DecisionKey<T>> keys, SourcedFacts<T> known)
        where T : notnull => keys.Where(key => section.IsGiven(key.Key)).Aggregate(
            known, (facts, key) => facts.With(key.Key.Name, key.Set(facts.Value, section), FactSource.Declared, section.PlaceOf(key.Key).Path));

    /// <summary>What other sections say of a cluster.</summary>
    private static SourcedFacts<KubernetesFacts> Known(ImmutableArray<StoreFacts> stores, BackupFacts backup)
    {
        var known = new SourcedFacts<KubernetesFacts>(new KubernetesFacts());
        var (archived, source, origin) = backup.ArchiveTimeout;
        known = source == FactSource.Declared
            ? known.With(PlanKubernetesKeys.StoreLossName, known.Value with { StoreLoss = archived }, FactSource.Derived, $"from {origin}")
            : known.With(PlanKubernetesKeys.StoreLossName, known.Value with { StoreLoss = archived }, source, origin);

        // Of several it is not said which one is backed up here.
        StoreFacts[] clusters = [.. stores.Where(store => store.Class == StoreClass.KubernetesState)];
        if (clusters is [{ } cluster] && cluster.Objectives.TryGetValue(FailureKind.Site, out var objective))
        {
            var from = $"from planning.stores.{cluster.Name}.objectives.site-loss";
            known = known.With(PlanKubernetesKeys.RpoName, known.Value with { Rpo = objective.Rpo }, FactSource.Derived, from);
            known = known.With(PlanKubernetesKeys.RtoName, known.Value with { Rto = objective.Rto }, FactSource.Derived, from);
        }

        return known;
    }
}
