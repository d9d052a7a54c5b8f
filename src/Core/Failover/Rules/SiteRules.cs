using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>What the question of the active site forbids or demands of a member, whatever its group's own record says.</summary>
internal static class SiteRules
{
    public static readonly Rule[] Identity =
    [
        new("SITE.unreadable", "the site record is corrupt or of a newer format", "decide nothing; say where it is and what is wrong", true,
            view => view.Sites is { State: RecordState.Unreadable } sites
                ? Outcome.Complain(sites.Problem ?? "the site record cannot be read")
                : null, RuleScope.Both),

        new("SITE.older", "the site record's epoch is below the one that this member has seen", "decide nothing: coordination has gone back in time", true,
            view => view.Sites?.Record is { } record && record.Epoch < view.Memory.SiteEpoch
                ? Outcome.Complain(
                    $"the site record says epoch {record.Epoch}, but this member has seen {view.Memory.SiteEpoch} with {view.Memory.ActiveSite} active: " +
                    "the global coordination seems to have been restored from an older state (OPERATIONS.md, 'Coordination was lost')")
                : null, RuleScope.Both),
    ];

    public static readonly Rule[] Fence =
    [
        new("SITE.fence",
            "the server runs as a primary, and another site is active or the group is passive",
            "stop it at once; what diverged is kept afterwards (R8)", true,
            view => view.Sites is not null && view.Engine.HasProcess() && view.Engine.Role == MemberRole.Primary && !view.IsForeign() &&
                    (view.IsElsewhere() || view.IsPassive)
                ? new Outcome(view.IsElsewhere() ? $"{view.KnownActive().Site} is the active site" : "the group is passive",
                    new MemberAction.Stop(Immediate: true))
                : null, RuleScope.Both),

        new("SITE.expired",
            "isolation: fence, and the site lease that this member held has run out",
            "stop at once: the other site may take over now", true,
            view => view.Sites is { Policy.Isolation: IsolationPolicy.Fence, LeaseExpired: true, LeaseHeld: false } && view.Engine.HasProcess() &&
                    view.Engine.Role == MemberRole.Primary
                ? new Outcome("the site lease could not be renewed in time", new MemberAction.Stop(Immediate: true))
                : null, RuleScope.Both),
    ];

    public static readonly Rule[] Leaving =
    [
        new("SITE.seal", "the store moves to the other site, and it is time to stop",
            "write it into the group's record first: then nobody is elected here, and this primary was not deposed before", false,
            view => view.IsMovingAway() is { } move && view.IAmPrimary && view.Coordination is { Reachable: true, RecordInDoubt: false } &&
                    view.Record!.StopsFor != view.Sites!.Record!.Moves
                ? new Outcome($"the store moves to {move.To}",
                    new MemberAction.WriteRecord(view.Record with { StopsFor = view.Sites.Record.Moves }))
                : null),

        new("SITE.stopped", "the store moves to the other site, and this site's primary has stopped for it",
            "stay so, whoever would take over; a doubt about the record is settled, for the move does not go on with one", true,
            view => view.IAmPrimary && view.Engine.Process == ProcessState.Stopped &&
                    (view.IsMovingAway() is not null || (view.IsSealed() && !view.IsSealOver() && !view.IsElsewhere()))
                ? view.Coordination is { Reachable: true, RecordInDoubt: true } ? CoordinationRules.Settled(view.Record!)
                : Outcome.Stay($"stopped for the move to {view.IsMovingAway()?.To ?? view.Sites?.Policy.Other}")
                : null),
    ];

    public static readonly Rule Unseal =
        new("SITE.unseal",
            "the group's record says that it stops for a move, that move has been given up, and this member is primary or would take over",
            "take it back: this site goes on", true,
            view => view.IsSealed() && view.IsSealOver() && (view.IAmPrimary || view.MyPromise is not null || view.Ground() is not null)
                ? new Outcome("the move has been given up", new MemberAction.WriteRecord(view.Record! with { StopsFor = 0 }))
                : null);

    public static readonly Rule Remember =
        new("SITE.remember", "the site record is news to this member's disk", "write it down: what is known of it never goes back", true,
            view => view.Sites?.Record is { } record && (record.Epoch > view.Memory.SiteEpoch || record.ActiveSite != view.Memory.ActiveSite)
                ? new Outcome($"site epoch {record.Epoch}, {record.ActiveSite} is active",
                    new MemberAction.Remember(view.Memory with { SiteEpoch = record.Epoch, ActiveSite = record.ActiveSite }))
                : null, RuleScope.Both);

    /// <summary>A group that has no record yet.</summary>
    public static readonly Rule[] Birth =
    [
        new("SITE.unborn", "neither the group nor the site record is there", "wait until it is said which site is active", false,
            view => view.Sites is not null && view.Coordination.State == RecordState.Absent && view.KnownActive().Site is null
                ? Outcome.Stay($"waiting for the site record; {view.Sites.Policy.First} writes it")
                : null),

        new("SITE.join", "the group has no record, another site is active and its group lives", "create the record of a passive group, and lead it", false,
            view => view.IsElsewhere() && view.Coordination.State == RecordState.Absent && view.Priority(view.Me) > 0 &&
                    view.Sites!.ActiveCard is { SystemId: not null } card
                ? new Outcome($"{card.Site} is active under epoch {card.Epoch}", new MemberAction.CreateRecord(Passive(card, view.Me)))
                : null),

        new("SITE.await", "the group has no record, and another site is active", "wait for its primary's word", false,
            view => view.IsElsewhere() && view.Coordination.State == RecordState.Absent
                ? Outcome.Stay($"waiting for a primary at {view.KnownActive().Site}")
                : null),
    ];

    /// <summary>An active group whose site is active no more.</summary>
    public static readonly Rule[] Demotion =
    [
        new("SITE.demote",
            "the group's record is of an active site, another site is active now, and its primary has told its history; " +
            "or it never had one, and a failover takes the store back",
            "make the group passive: it follows the other site's lineage, or keeps its own", true,
            view => view.IsTakingBack() && view.Record is { IsBeingBorn: false } own
                ? new Outcome($"{view.KnownActive().Site} never had a primary, and the store is taken back", new MemberAction.WriteRecord(own with
                {
                    Sync = SyncRule.None,
                    Mode = ProtectionMode.Passive,
                    StopsFor = 0,
                }))
                : view.IsElsewhere() && view.Record is { IsBeingBorn: false } record && view.Sites!.ActiveCard is { SystemId: not null } card &&
                    card.Epoch > record.Epoch
                ? new Outcome($"{card.Site} is active under epoch {card.Epoch}", new MemberAction.WriteRecord(record with
                {
                    Epoch = card.Epoch,
                    Lineage = card.Lineage,
                    Sync = SyncRule.None,
                    Mode = ProtectionMode.Passive,
                    StopsFor = 0,
                }))
                : null),

        new("SITE.await-primary", "the group's record is of an active site, and another site is active now", "hold still until its primary tells its history",
            true,
            view => view.IsElsewhere() && view.Record is not null ? Outcome.Stay($"waiting for a primary at {view.KnownActive().Site}") : null),
    ];

    /// <summary>What a member needs before it writes.</summary>
    public static readonly Rule[] Permission =
    [
        new("SITE.acquire",
            "isolation: fence; this member is primary or elected, and does not hold the site lease",
            "take it, also over from another member of this site: the group's record has deposed that one", true,
            view => view.Sites is { Policy.Isolation: IsolationPolicy.Fence, LeaseHeld: false, Reachable: true, Record: { } site } sites &&
                    site.ActiveSite == sites.Mine && view is { IAmPrimary: true, Record: { IsBeingBorn: false, StopsFor: 0 } } &&
                    view.IsMovingAway() is null && view.Engine.Data == DataState.Present && (sites.LeaseSite is null || sites.LeaseSite == sites.Mine) &&
                    !view.Activity.StartBackoff
                ? new Outcome("nobody at another site may write while it is held", new MemberAction.AcquireSiteLease())
                : null),

        new("SITE.forbidden", "this member is primary or elected and does not write yet, and its site must not", "wait, and say what for", true,
            view => view is { IAmPrimary: true, Record.IsBeingBorn: false } && !view.Engine.RunsAs(MemberRole.Primary) &&
                    view.WriteForbidden() is { } reason
                ? Outcome.Stay(reason)
                : null),
    ];

    public static readonly Rule Hold =
        new("SITE.hold",
            "there is ground to take over inside the site, but the store moves away, or nobody here could have the site lease",
            "promise nothing, elect nobody: it would only cost the primary its acknowledgements", true,
            view => view is { Sites: { } sites, IAmPrimary: false } && (view.Ground() is not null || StandsForElection(view))
                ? view.IsMovingAway() is { } move ? Outcome.Stay($"the store moves to {move.To}")
                    : view.IsSealed() ? Outcome.Stay("the group has stopped for a move, and it is not known yet what became of it")
                    : sites is { Policy.Isolation: IsolationPolicy.Fence, Reachable: false } && view.MyPromise is null
                        ? Outcome.Stay($"the global scope has been away for {sites.UnreachableFor.TotalSeconds:F0} s: the site lease could not be had")
                    : null
                : null);

    public static readonly Rule Stop =
        new("SITE.stop", "the store moves to the other site, and it is time to stop", "stop in good order, which sends everything to the other site", false,
            view => view.IsMovingAway() is { } move && view.IAmPrimary && view.Record!.StopsFor == view.Sites!.Record!.Moves &&
                    view.Engine.RunsAs(MemberRole.Primary)
                ? new Outcome($"the store moves to {move.To}", new MemberAction.Stop(Immediate: false))
                : null);

    /// <summary>This member has promised, and the primary has not been alive for so long that the promise will be withdrawn.</summary>
    private static bool StandsForElection(MemberView view) =>
        view.MyPromise is not null && view.Activity.PrimaryAliveFor < view.Group.Timing.SuspectAfter;

    internal static GroupRecord Passive(SiteCard card, string leader) => new()
    {
        Epoch = card.Epoch,
        Primary = leader,
        Sync = SyncRule.None,
        Mode = ProtectionMode.Passive,
        SystemId = card.SystemId,
        Lineage = card.Lineage,
    };
}
