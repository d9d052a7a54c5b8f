using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>How much of the active site's work may be missing at the passive one.</summary>
public static class SiteLag
{
    /// <summary>
    /// An upper bound in the active primary's own time, so that no two clocks are compared: what its newest known ledger row is ahead of the newest
    /// one here, and all the time since that was known in which it may have gone on. Where it fences itself that ends with its lease.
    /// </summary>
    /// <param name="theirs">The clock in the active site's newest ledger row, by its card; milliseconds. Null: not known.</param>
    /// <param name="mine">The clock in the newest row that has come here. Null: none has.</param>
    /// <param name="silentFor">Since the card was last written anew; null: never seen.</param>
    /// <returns>Null: cannot be said.</returns>
    public static TimeSpan? Bound(SitePolicy policy, long? theirs, long? mine, TimeSpan? silentFor)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (theirs is not { } ahead || mine is not { } here || silentFor is not { } silence)
        {
            return null;
        }

        var unseen = policy.Isolation == IsolationPolicy.Fence && silence > policy.Lease ? policy.Lease : silence;
        return TimeSpan.FromMilliseconds(Math.Max(0, ahead - here)) + unseen;
    }
}
