using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>Questions about sites that more than one rule asks. For a store with one site each answers as if there were no such question.</summary>
public static class SiteFacts
{
    /// <summary>The newest that this member knows about which site is active: from the global scope, or from its own disk while that is away.</summary>
    public static (long Epoch, string? Site) KnownActive(this MemberView view) =>
        view.Sites?.Record is { } record && record.Epoch >= view.Memory.SiteEpoch
            ? (record.Epoch, record.ActiveSite)
            : (view.Memory.SiteEpoch, view.Memory.ActiveSite);

    /// <summary>Another site is known to be active.</summary>
    public static bool IsElsewhere(this MemberView view) =>
        view.Sites is { } sites && view.KnownActive().Site is { } active && active != sites.Mine;

    /// <summary>
    /// What forbids this member to begin to write, in words; null: nothing does. It is asked before a promotion, a restart and the
    /// admission of clients. Who writes already is stopped by SITE.fence and SITE.expired.
    /// </summary>
    public static string? WriteForbidden(this MemberView view)
    {
        if (view.Sites is not { } sites)
        {
            return null;
        }

        var (epoch, active) = view.KnownActive();
        return active is null ? "it is not known yet which site is active"
            : active != sites.Mine ? $"{active} is the active site"
            : !view.IsPassive && view.Record is { IsBeingBorn: false } record && Eras.Of(record.Epoch) < epoch
                ? $"the site epoch is {epoch}, and the group's record is of {Eras.Of(record.Epoch)}: the store has been at another site since"
            : view.IsMovingAway() is { } move ? $"the store moves to {move.To}"
            : view.IsSealed() ? "the group has stopped for a move, and it is not known yet what became of it"
            : sites.State == RecordState.Unknown && sites.UnreachableFor < sites.Policy.Lease ? "the global scope has not been read yet"
            : sites.Policy.Isolation == IsolationPolicy.Fence && !sites.LeaseHeld
                ? sites.Reachable
                    ? "the site lease is not held yet"
                    : $"the site lease cannot be had: the global scope has been away for {sites.UnreachableFor.TotalSeconds:F0} s"
            : null;
    }

    /// <summary>The move under which this site's primary stops or has stopped, while it can still be given up; null: none.</summary>
    public static SiteMove? IsMovingAway(this MemberView view) =>
        view.Sites is { Moving: { } move } sites && move.From == sites.Mine && !move.IsPastReturn &&
        move.Step(StepKind.Stop) is { State: not StepState.Pending }
            ? move
            : null;

    /// <summary>The group's record says that its primary stops for a move, and that has not been taken back.</summary>
    public static bool IsSealed(this MemberView view) => view is { IsPassive: false, Record.StopsFor: > 0 };

    /// <summary>
    /// Nobody may be elected here: the store moves away, or the group has stopped for that. Whoever were, would leave the primary's log where the
    /// new site does not, and nobody could follow anybody.
    /// </summary>
    public static bool IsLeaving(this MemberView view) => view.IsMovingAway() is not null || view.IsSealed();

    /// <summary>This site's leader is about to take the store, with the log that it has under the epoch that it follows: it stays with that.</summary>
    public static bool IsTaking(this MemberView view) =>
        view.Sites is { Moving: { Current: { Kind: StepKind.Take, State: StepState.Running } } move } sites && move.To == sites.Mine;

    /// <summary>
    /// The move that the group's record speaks of has been given up. Moves are counted, so an old picture of the global scope, from before it
    /// began, does not pass for one from after its end.
    /// </summary>
    public static bool IsSealOver(this MemberView view) =>
        view is { Sites: { Record: { } site } sites, Record: { } record } && site.ActiveSite == sites.Mine && site.Epoch >= view.Memory.SiteEpoch &&
        (site.Moves > record.StopsFor || (site.Moves == record.StopsFor && site.State == SiteState.Steady)) && view.IsMovingAway() is null;

    /// <summary>
    /// The store was named another site's, nobody there has told that he is its primary, and an operator's failover takes it back to this one.
    /// </summary>
    public static bool IsTakingBack(this MemberView view) =>
        view.IsElsewhere() && view.Sites is { ActiveCard: null, Record: { } site, Moving: { Kind: MoveKind.Failover } move } sites &&
        site.Epoch >= view.Memory.SiteEpoch && move.To == sites.Mine && move.From == site.ActiveSite;

    /// <summary>As far as that, or further.</summary>
    public static bool Reaches(this LogPosition mine, LogPosition other) =>
        (mine.Timeline, mine.Lsn.Value).CompareTo((other.Timeline, other.Lsn.Value)) >= 0;

    /// <summary>What this site's first primary must have, as it was when the store was taken; null: nothing is demanded (any more).</summary>
    public static LogPosition? Owed(this MemberView view) =>
        view.Sites is { Record: { } site } sites && site.ActiveSite == sites.Mine ? site.Owed : null;

    /// <summary>
    /// The site record names this site, and this group is passive still: its leader is to make it active. A group that follows an epoch of the same
    /// site epoch, or of a later one, has been active and was deposed since: then the site record seen here is old, and calls nobody.
    /// </summary>
    public static bool IsCalled(this MemberView view) =>
        view is { IsPassive: true, Sites: { Record: { } site } sites, Record: { } record } && site.ActiveSite == sites.Mine &&
        site.Epoch >= view.Memory.SiteEpoch && site.Epoch > Eras.Of(record.Epoch);

    /// <summary>
    /// From whom this member is to stream; null: from nobody, or it is not known. A standby leader takes the card of the record's own epoch only: what
    /// it receives is noted as log of that epoch.
    /// </summary>
    public static string? Upstream(this MemberView view) =>
        view.Record is not { IsBeingBorn: false } record ? null
        : !view.IAmPrimary ? record.Primary
        : view.IsPassive && !view.IsCalled() && view.Sites?.ActiveCard is { } card && card.Epoch == record.Epoch ? card.Leader
        : null;

    /// <summary>
    /// What the upstream has is of this epoch's history, by its own word. A primary's is; a standby leader's may not be yet when its group has
    /// heard of a new epoch, and who received from it then would hold for that epoch's log what is not.
    /// </summary>
    public static bool UpstreamIsOnHistory(this MemberView view) =>
        !view.IsPassive || view.IAmPrimary ||
        (view.Upstream() is { } leader && view.Peers.TryGetValue(leader, out var peer) && peer.LogEpoch >= view.Record!.Epoch);

    /// <summary>The upstream's server runs in its role and can be copied from.</summary>
    public static bool UpstreamServes(this MemberView view)
    {
        if (!view.IsPassive)
        {
            return view.PrimaryServes();
        }

        if (view.Upstream() is not { } upstream)
        {
            return false;
        }

        var (peers, role) = view.IAmPrimary ? (view.Sites!.Remote, MemberRole.Primary) : (view.Peers, MemberRole.Standby);
        return peers.TryGetValue(upstream, out var peer) && peer.HeardWithin(view.Group.Timing.SuspectAfter * 3) &&
            peer.Process == ProcessState.Running && peer.Role == role && peer.Data == DataState.Present && peer.Epoch >= view.Record!.Epoch &&
            (role == MemberRole.Primary || (peer.Streaming && peer.LogEpoch >= view.Record.Epoch));
    }

    /// <summary>
    /// The primary from which this member can be rewound; a standby leader cannot serve for that. It is that of the record's own epoch, by its card
    /// and by its own word: what comes of the rewind is noted as log of that epoch. Null: none serves.
    /// </summary>
    public static string? RewindSource(this MemberView view)
    {
        if (!view.IsPassive)
        {
            return view.UpstreamServes() ? view.Upstream() : null;
        }

        return view.Upstream() is not null && view.Sites?.ActiveCard is { } card && card.Epoch == view.Record!.Epoch &&
            view.Sites.Remote.TryGetValue(card.Leader, out var primary) && primary.HeardWithin(view.Group.Timing.SuspectAfter * 3) &&
            primary is { Process: ProcessState.Running, Role: MemberRole.Primary } && primary.Epoch == card.Epoch
                ? card.Leader
                : null;
    }

    /// <summary>A member of this group whose server runs as a standby and that is further, or as far and preferred; null: this member is first.</summary>
    public static string? BetterThanMe(this MemberView view)
    {
        if (view.Engine.Position is not { } mine)
        {
            return view.Peers.FirstOrDefault(peer => peer.Value.LooksUsable(view.Group.Timing)).Key;
        }

        return view.Peers.FirstOrDefault(peer => view.Priority(peer.Key) > 0 && peer.Value.LooksUsable(view.Group.Timing) &&
            peer.Value is { Position: { } theirs } && peer.Value.LogEpoch >= view.Memory.LogEpoch &&
            (theirs.Timeline, theirs.Lsn.Value, view.Priority(peer.Key), string.CompareOrdinal(view.Me, peer.Key))
                .CompareTo((mine.Timeline, mine.Lsn.Value, view.Priority(view.Me), 0)) > 0).Key;
    }

    /// <summary>The same, but position alone counts.</summary>
    public static string? FurtherThanMe(this MemberView view) => view.Engine.Position is not { } mine ? null
        : view.Peers.FirstOrDefault(peer => view.Priority(peer.Key) > 0 && peer.Value.LooksUsable(view.Group.Timing) &&
            peer.Value is { Position: { } theirs } && peer.Value.LogEpoch >= view.Memory.LogEpoch &&
            (theirs.Timeline, theirs.Lsn.Value).CompareTo((mine.Timeline, mine.Lsn.Value)) > 0).Key;
}
