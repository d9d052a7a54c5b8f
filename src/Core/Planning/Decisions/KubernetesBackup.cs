using System.Collections.Immutable;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How to back up a Kubernetes cluster.</summary>
/// <param name="Decision">Options in the order of <see cref="KubernetesOption.All"/>.</param>
/// <param name="Means">Of the chosen option; where there is none, of the nearest.</param>
/// <param name="Inventory">What there is to keep, and what keeps it with those means.</param>
public sealed record KubernetesBackup(ScoredDecision Decision, KubernetesMeans Means, ImmutableArray<InventoryItem> Inventory)
{
    public static ImmutableArray<Criterion> Criteria { get; } =
    [
        new("kept", 0.20, "does everything in the cluster come back?", "what is not kept is lost, whatever the rest can do"),
        new("consistency", 0.20, "do data come back as a transaction left them?", "a copy that a database cannot start from is none"),
        new("survival", 0.15, "do the copies live apart from cluster and storage?", "the loss of a site is what a backup is for, and it takes both"),
        new("fit", 0.15, "can it be restored where it has to be?", "a backup for the wrong target is found out on the worst day"),
        new("age", 0.10, "how much of the rpo does a run take?", "an rpo that cannot be met is a gate; this is the room above it"),
        new("way back", 0.10, "how much of the rto does a restore take?", "an rto that cannot be met is a gate; this is the room above it"),
        new("grain", 0.05, "can one namespace come back alone?", "most restores are of one thing that somebody deleted, and seldom urgent"),
        new("simplicity", 0.05, "how many things run, and are drilled?", "breaks a tie; never a reason to lose data"),
    ];

    /// <exception cref="Quantities.ImpossibleException">A fact that no cluster has.</exception>
    public static KubernetesBackup Of(KubernetesFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        facts.Check();
        var options = KubernetesOption.All.Select(option => Assess(facts, option)).ToImmutableArray();
        var decision = new ScoredDecision("How is the Kubernetes cluster backed up?", Criteria, options);
        var means = KubernetesOption.All[options.IndexOf(decision.Nearest)].Means;
        return new KubernetesBackup(decision, means, KubernetesInventory.Of(new KubernetesCover(facts, means)));
    }

    private static DecisionOption Assess(KubernetesFacts facts, KubernetesOption option)
    {
        var cover = new KubernetesCover(facts, option.Means);
        return new DecisionOption(option.Name, option.What, KubernetesScores.Of(cover), KubernetesGates.Of(cover));
    }
}
