using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What a planned store needs of disks.</summary>
public static class StoreNeeds
{
    /// <summary>From the pattern that was chosen for it: its members, whether they are synchronous, and what it leaves of the commit budget.</summary>
    /// <param name="disks">Where nobody said what a flush takes on the store's own disk, it is such a flash disk as the cluster has.</param>
    public static StoreOnDisks Of(StorePlan plan, StorageFacts disks)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(disks);
        var (store, candidate) = (plan.Store, plan.Chosen.Candidate);
        var synchronous = plan.Setting.HasWholeCopy(candidate);
        return new StoreOnDisks
        {
            Name = store.Name,
            Size = store.Size,
            LocalFlush = store.Flush.Source == FactSource.Assumed
                ? Fact.Derived(disks.PerformanceFlush, "the same flash disk as the cluster's (planning.storage.performance-flush)")
                : store.Flush,
            FlushBudget = Budget(store, plan.Chosen.Commit, synchronous ? 2 : 1),
            Members = candidate.LocalMembers,
            Synchronous = synchronous,
        };
    }

    /// <summary>
    /// A commit waits for the primary's flush and, if it waits for another member, for that one's after it. What else it waits for is none of a
    /// disk's doing; what is left of the budget is shared by the flushes.
    /// </summary>
    private static Fact<TimeSpan> Budget(StoreFacts store, TimeSpan commit, int flushes)
    {
        var rest = commit - (store.Flush.Value * flushes);
        var left = (store.CommitBudget.Value - rest) / flushes;
        return Fact.Derived(
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            $"the commit budget of {QuantityText.Of(store.CommitBudget.Value)}, less {QuantityText.Of(rest)} of work and ways"
                + (flushes > 1 ? $", for {flushes} flushes one after the other" : ", for one flush"));
    }
}
