using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>On which disks one store should be.</summary>
/// <param name="Decision">Options in the order of <see cref="StorageLayout.All"/>.</param>
/// <param name="Figures">For each option, in the same order.</param>
/// <param name="Notes">What follows from the chosen one, or the nearest; sentences.</param>
public sealed record DatabaseStorage(StoreOnDisks Store, ScoredDecision Decision, ImmutableArray<StorageFigures> Figures,
    ImmutableArray<string> Notes)
{
    public static ImmutableArray<Criterion> Criteria { get; } =
    [
        new("flush", 0.30, "how much of the budget does a flush take?", "every commit waits for it, on each member that it waits for"),
        new("apart", 0.20, "do members fail apart from each other?", "copies that share what can fail are fewer than they look"),
        new("work", 0.15, "how much do disks write and read for a page?", "wears flash, and takes from what all can do"),
        new("space", 0.15, "how many bytes lie on disks for one, and is the pool full of them?", "bought once, and again every few years"),
        new("healing", 0.10, "how soon is all safe again after a host is lost?", "the next loss may come in that time"),
        new("moving", 0.10, "can a member start on another host with its data?", "saves a copy over the network, where members are few"),
    ];

    /// <summary>Of the chosen layout; of the nearest, where none can be had.</summary>
    public StoragePool Pool => Taken.Layout.Pool;

    /// <summary>Of the chosen layout; of the nearest, where none can be had.</summary>
    public StorageFigures Taken => Figures[Decision.Options.IndexOf(Decision.Nearest)];

    /// <exception cref="ImpossibleException">A fact that no cluster or store has.</exception>
    public static DatabaseStorage Of(StorageFacts facts, StoreOnDisks store)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(store);
        facts.Check();
        store.Check();
        var figures = StorageLayout.All(facts).Select(layout => StorageFigures.Of(facts, store, layout)).ToImmutableArray();
        var decision = new ScoredDecision(
            $"On which disks is {store.Name}?", Criteria,
            [.. figures.Select(one =>
                new DecisionOption(one.Layout.Name, one.Layout.What, StorageScores.Of(store, one), StorageGates.Of(facts, store, one)))]);
        return new DatabaseStorage(store, decision, figures, NotesOf(store, figures[decision.Options.IndexOf(decision.Nearest)]));
    }

    private static ImmutableArray<string> NotesOf(StoreOnDisks store, StorageFigures taken)
    {
        return [.. All()];

        IEnumerable<string> All()
        {
            var layout = taken.Layout;
            var each = QuantityText.Digits(layout.Overhead);
            if (store.Members > 1 && layout.Overhead > 1)
            {
                yield return $"{store.Members} members, each on {each} times its size: "
                    + $"{QuantityText.Digits(taken.BytesOnDisks)} bytes on disks for one byte of {store.Name}.";
            }

            if (layout.IsLocal)
            {
                yield break;
            }

            yield return $"min_size {layout.MinSize}: with fewer of its {layout.Hosts} hosts than that, nothing is written.";
            if (layout.IsErasureCoded)
            {
                yield return "The image's metadata need a replicated pool beside it: rbd create --data-pool names the erasure-coded one.";
            }

            if (taken.HealsIn is null)
            {
                yield return $"With no more than the {layout.Hosts} hosts that chunks need, a lost host is not healed before there is another.";
            }

            if (store.Members > 1)
            {
                yield return "All members are on one Ceph cluster: what stops that cluster stops every one of them.";
            }
        }
    }
}
