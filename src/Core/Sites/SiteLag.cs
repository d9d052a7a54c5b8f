using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>How much of the active site's work may be missing at the passive one.</summary>
public static class SiteLag
{
    /// <summary>
    /// The server has ended by so much of a lease before that can end, by whichever hand: the agent's own begins at a fifth of it, the guard's by a
    /// twentieth later, and to end it takes a moment.
    /// </summary>
    public const double DeadlineMargin = 0.1;
    /// <summary>So much a clock may gain while it is being set right, unnoticed.</summary>
    private static readonly TimeSpan Slew = TimeSpan.FromSeconds(1);

    /// <summary>A planned move loses nothing, so it asks only that catching up does not take long: so much is always little enough.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(5);
    /// <summary>So much is never little enough, whatever the RPO: clients would wait for it.</summary>
    private static readonly TimeSpan Far = TimeSpan.FromSeconds(10);

    /// <summary>Why a planned move to this site would keep clients waiting too long, in words; null: it would not.</summary>
    public static string? PlannedRefusal(string to, TimeSpan? lag, TimeSpan rpo)
    {
        var limit = rpo < Near ? Near : rpo > Far ? Far : rpo;
        return lag <= limit
            ? null
            : $"{to} is {SiteDuties.Seconds(lag)} behind; writes would have to wait for it, and no more than {limit.TotalSeconds:F1} s are allowed: " +
              "wait until it has caught up";
    }

    /// <summary>What of the lost site's work a failover may leave behind, in words; null: no more than the RPO.</summary>
    public static string? Missing(TimeSpan? lag, TimeSpan rpo) => lag <= rpo
        ? null
        : $"up to {SiteDuties.Seconds(lag)} of its work may be missing here, more than the RPO of {SiteDuties.Seconds(rpo)}";

    /// <summary>What an operator writes to take the store to a site, with all that he decides by it.</summary>
    public static string FailoverCommand(string to, bool acceptsLoss, IsolationPolicy isolation) =>
        $"holdfast failover --site {to}{(acceptsLoss ? " --accept-data-loss" : "")}{(isolation == IsolationPolicy.Continue ? " --fenced HOW" : "")}";

    /// <summary>Why a failover is refused until an operator accepts what may be missing; null: it is not.</summary>
    public static string? FailoverRefusal(string to, TimeSpan? lag, TimeSpan rpo, IsolationPolicy isolation) =>
        Missing(lag, rpo) is { } missing
            ? $"{missing}: an operator may accept that: {FailoverCommand(to, acceptsLoss: true, isolation)}"
            : null;

    /// <summary>
    /// An upper bound in the active primary's own time, so that the clocks of two hosts are never compared: what its clock was ahead of the newest
    /// ledger row here when it last wrote its card, and all the time since then in which its site may have gone on. Where it fences itself that
    /// ended before its lease's key was gone: whoever renews a lease may do so long after the last card, so the age of the card alone says nothing.
    /// </summary>
    /// <param name="theirs">
    /// The clock of the primary that wrote the newest ledger row here (<see cref="ClockTrail.Of"/>). Null: not known.
    /// </param>
    /// <param name="mine">The clock in that row, which was written under the present site epoch. Null: there is none.</param>
    /// <param name="now">By the clock of <see cref="ClockPoint.Made"/>.</param>
    /// <param name="leaseGoneFor">For how long nobody has been seen to hold the site lease, at least; zero: somebody does.</param>
    /// <returns>Null: cannot be said.</returns>
    public static TimeSpan? Bound(SitePolicy policy, ClockPoint? theirs, long? mine, TimeSpan now, TimeSpan leaseGoneFor)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (theirs is null || mine is not { } here)
        {
            return null;
        }

        var (ahead, silence) = (TimeSpan.FromMilliseconds(theirs.Clock - here), now - theirs.Made);
        if (-ahead > silence + Slew)
        {
            return null; // The row is of a later time than it can be: that clock has been set back.
        }

        var fenced = policy.Isolation == IsolationPolicy.Fence && leaseGoneFor > TimeSpan.Zero;
        var unseen = fenced ? silence - leaseGoneFor - (policy.Lease * DeadlineMargin) : silence;
        return (ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero) + (unseen > TimeSpan.Zero ? unseen : TimeSpan.Zero);
    }
}
