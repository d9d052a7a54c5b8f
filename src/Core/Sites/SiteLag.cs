using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>How much of the active site's work may be missing at the passive one.</summary>
public static class SiteLag
{
    /// <summary>The holder of a lease stops by so much of it before it can end.</summary>
    public const double DeadlineMargin = 0.2;

    /// <summary>
    /// An upper bound in the active primary's own time, so that the clocks of two sites are never compared: what its clock was ahead of the newest
    /// ledger row here when it last wrote its card, and all the time since then in which it may have gone on. Where it fences itself that ended before its
    /// lease's key was gone: whoever renews a lease may do so long after the last card, so the age of the card alone says nothing.
    /// </summary>
    /// <param name="theirs">The active primary's clock (<see cref="SiteCard.Clock"/>). Null: not known.</param>
    /// <param name="mine">The clock in the newest ledger row here that was written under the present site epoch. Null: there is none.</param>
    /// <param name="silentFor">Since the card was made, at most (<see cref="CardAge.Made"/>); null: not known.</param>
    /// <param name="leaseGoneFor">For how long nobody has been seen to hold the site lease, at least; zero: somebody does.</param>
    /// <returns>Null: cannot be said.</returns>
    public static TimeSpan? Bound(SitePolicy policy, long? theirs, long? mine, TimeSpan? silentFor, TimeSpan leaseGoneFor)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (theirs is not { } ahead || mine is not { } here || silentFor is not { } silence)
        {
            return null;
        }

        var fenced = policy.Isolation == IsolationPolicy.Fence && leaseGoneFor > TimeSpan.Zero;
        var unseen = fenced ? silence - leaseGoneFor - (policy.Lease * DeadlineMargin) : silence;
        return TimeSpan.FromMilliseconds(Math.Max(0, ahead - here)) + (unseen > TimeSpan.Zero ? unseen : TimeSpan.Zero);
    }
}
