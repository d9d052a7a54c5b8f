using System.Collections.Immutable;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>
/// The group of a passive site. Nothing that it decides can lose a commit, so its leader needs no promises: a compare-and-swap is enough, and
/// two leaders for a moment cost a second stream over the link. That changes with SITE.promote, after which the active group's rules hold.
/// </summary>
internal static class PassiveRules
{
    public static readonly Rule[] All =
    [
        new("PASSIVE.refuse", "a move inside the passive group is asked for that cannot be made", "refuse it with the reason", true,
            view => view.Coordination.Request is { } request && Refusal(view, request) is { } refusal
                ? new Outcome(refusal, new MemberAction.CloseRequest(request.Id, false, refusal))
                : null, RuleScope.Passive),

        new("PASSIVE.handed-over", "the member that is to lead the passive group leads it", "the request is done", false,
            view => view is { IAmPrimary: true, Coordination.Request: { } request } && request.Target == view.Me
                ? new Outcome($"{view.Me} leads {view.Sites?.Mine}",
                    new MemberAction.CloseRequest(request.Id, true, $"{view.Me} is the standby leader of {view.Sites?.Mine}"))
                : null, RuleScope.Passive),

        new("PASSIVE.hand-over", "this member is to lead the passive group, and it may", "lead: the others follow this member", false,
            view => view.Coordination.Request is { Kind: RequestKind.Switchover } request && request.Target == view.Me && !view.IAmPrimary && MayLead(view)
                ? new Outcome($"{view.Me} is to lead in place of {view.Record!.Primary}",
                    new MemberAction.WriteRecord(view.Record with { Primary = view.Me }))
                : null, RuleScope.Passive),

        new("SITE.start", "the site record names this site, or a failover takes the store back to it, and its leader's server is not running",
            "start it as a detached standby", false,
            view => (view.IsCalled() || view.IsTakingBack()) && view.IAmPrimary && view.Memory.Divergence is null && !view.Activity.StartBackoff &&
                    view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped, Lacks: null }
                ? new Outcome($"{view.Sites!.Mine} is to be active", new MemberAction.Start(MemberRole.Standby, SyncRule.Blocked, GateOpen: false))
                : null, RuleScope.Passive),

        new("SITE.detach", "the site record names this site, and its leader still receives", "stop receiving for good: its position must not move", false,
            view => view.IsCalled() && view.IAmPrimary && view.Engine.RunsAs(MemberRole.Standby) && !view.Engine.Detached()
                ? new Outcome($"{view.Sites!.Mine} is active now", new MemberAction.Detach())
                : null, RuleScope.Passive),

        new("SITE.lead-further", "the site record names this site, and this member has more than its leader, which receives nothing any more",
            "lead instead", false,
            view => view.IsCalled() && !view.IAmPrimary && MayLead(view) && view.Engine.Position is { } mine &&
                    view.Peers.TryGetValue(view.Record!.Primary, out var leader) && leader is { Streaming: false, Position: { } theirs } &&
                    (mine.Timeline, mine.Lsn.Value).CompareTo((theirs.Timeline, theirs.Lsn.Value)) > 0 && view.BetterThanMe() is null
                ? new Outcome($"{view.Record.Primary} has {theirs}, {view.Me} has {mine}",
                    new MemberAction.WriteRecord(view.Record with { Primary = view.Me }))
                : null, RuleScope.Passive),

        new("SITE.short",
            "the site record names this site, and its leader lacks what the leader had that took the store",
            "wait for the member that has it; an operator may accept the loss", false,
            view => view.IsCalled() && view.IAmPrimary && view.Engine is { Position: { } mine } && view.Owed() is { } owed && !mine.Reaches(owed)
                ? Outcome.Stay($"{view.Me} has {mine}, the store was taken with {owed}: waiting for a member that has it; to go on without: " +
                    $"holdfast failover --site {view.Sites!.Mine} --accept-data-loss")
                : null, RuleScope.Passive),

        new("SITE.promote",
            "the site record names this site; its leader has stopped receiving, is on the store's history, lacks nothing, and nobody here has more",
            "make the group active under the first epoch of the new site epoch; R3 does the rest", false,
            view => view.IsCalled() && view.IAmPrimary && view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Detached() &&
                    view.Engine is { ApplyIdle: true, Position: { } position } && view.Standing() is { OnLineage: true } && view.FurtherThanMe() is null
                ? new Outcome($"{view.Sites!.Mine} is active under site epoch {view.Sites.Record!.Epoch}; {view.Me} has {position}",
                    new MemberAction.WriteRecord(Active(view, position)))
                : null, RuleScope.Passive),

        new("SITE.epoch", "the active site has a new primary or a longer history, and this one is not about to take the store",
            "take both into the passive group's record", true,
            view => !view.IsCalled() && !view.IsTaking() && view.IAmPrimary && view.Record is { } record && view.Sites?.ActiveCard is { } card &&
                    (card.Epoch > record.Epoch || (card.Epoch == record.Epoch && !card.Lineage.AsSpan().SequenceEqual(record.Lineage.AsSpan())))
                ? new Outcome($"{card.Leader} is primary at {card.Site} under epoch {card.Epoch}",
                    new MemberAction.WriteRecord(record with { Epoch = card.Epoch, Lineage = card.Lineage }))
                : null, RuleScope.Passive),

        new("PASSIVE.stand-in",
            "the standby leader's agent has been silent for hand-over, and nobody here runs as a standby",
            "lead: whoever has to be mended or cloned anew can only do so from the active site", false,
            view => !view.IAmPrimary && !view.IsCalled() && view.Priority(view.Me) > 0 && view.Activity.LeaderLostFor >= view.Group.Timing.HandOver &&
                    !(view.Peers.TryGetValue(view.Record!.Primary, out var leader) && leader.HeardWithin(view.Group.Timing.HandOver)) &&
                    !view.Engine.RunsAs(MemberRole.Standby) && !view.Peers.Values.Any(peer => peer.LooksUsable(view.Group.Timing))
                ? new Outcome($"{view.Record!.Primary} is silent, and nobody here runs as a standby",
                    new MemberAction.WriteRecord(view.Record with { Primary = view.Me }))
                : null, RuleScope.Passive),

        new("PASSIVE.lead",
            "the standby leader has not been seen running for suspect-after (for hand-over, while a failover takes the store back: it was the " +
            "primary, and is being started), and this member runs and is the most advanced",
            "lead: follow the active site's primary; the others follow this member", false,
            view => !view.IAmPrimary && MayLead(view) && view.Activity.LeaderLostFor >= Patience(view) && view.BetterThanMe() is null
                ? new Outcome($"{view.Record!.Primary} has not been seen running for {view.Activity.LeaderLostFor.TotalSeconds:F1} s",
                    new MemberAction.WriteRecord(view.Record with { Primary = view.Me }))
                : null, RuleScope.Passive),
    ];

    private static string? Refusal(MemberView view, MoveRequest request)
    {
        var mine = view.Sites?.Mine;
        if (view.Record is { Paused: true })
        {
            return $"the group is paused: resume it first (holdfast resume --site {mine})";
        }

        if (request.Kind != RequestKind.Switchover || request.Target is not { } target)
        {
            return $"{mine} is the passive site, its standby leader is chosen by itself; another one: holdfast switchover --to MEMBER; " +
                $"to move the store there: holdfast switchover --site {mine}";
        }

        if (view.IsCalled() || view.Sites?.Moving is { } move && !move.IsDone(StepKind.Promote))
        {
            return "the store is on its way from one site to the other: try again when it is there";
        }

        if (view.Priority(target) == 0)
        {
            return view.Group.Members.ContainsKey(target)
                ? $"{target} has priority 0: it is never to lead"
                : $"{target} is not a member of this group; its members are {string.Join(", ", view.Group.Members.Keys)}";
        }

        if (request.Age >= view.Group.Timing.Switchover)
        {
            return $"not done within {view.Group.Timing.Switchover.TotalSeconds:F0} s: {target} is not in a state to lead";
        }

        return view.IAmPrimary && target != view.Me && !(view.Peers.TryGetValue(target, out var peer) && peer.LooksUsable(view.Group.Timing))
            ? $"{target} does not run as a standby"
            : null;
    }

    private static TimeSpan Patience(MemberView view) =>
        view.IsTakingBack() && view.Peers.TryGetValue(view.Record!.Primary, out var leader) && leader.HeardWithin(view.Group.Timing.HandOver)
            ? view.Group.Timing.HandOver
            : view.Group.Timing.SuspectAfter;

    private static bool MayLead(MemberView view) =>
        view.Priority(view.Me) > 0 && view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Data == DataState.Present &&
        view.Memory.Divergence is null && view.Standing() is { OnLineage: true };

    /// <summary>
    /// The first record of the new site epoch. Those who acknowledge from the first commit on are standbys that are seen here with all that the new
    /// primary has: should it fail before it has promoted, any of them can be elected.
    /// </summary>
    private static GroupRecord Active(MemberView view, LogPosition position)
    {
        var epoch = Eras.FirstEpoch(view.Sites!.Record!.Epoch);
        var sync = FirstSync(view, position);
        return view.Record! with
        {
            Epoch = epoch,
            Primary = view.Me,
            Sync = sync,
            Mode = QuorumRules.ModeFor(view, sync),
            Lineage = Lineage.Extend(view.Record.Lineage, position.Timeline, view.Engine.History, epoch, position.Lsn),
        };
    }

    private static SyncRule FirstSync(MemberView view, LogPosition position)
    {
        if (!view.Group.ZeroLoss)
        {
            return SyncRule.None;
        }

        ImmutableArray<string> others = [.. view.Group.Members.Where(member => member.Key != view.Me && member.Value > 0).Select(member => member.Key)];
        ImmutableArray<string> next =
        [
            .. others.Where(name => view.Peers.TryGetValue(name, out var peer) && peer.LooksUsable(view.Group.Timing) &&
                peer.Position is { } theirs && theirs.Timeline == position.Timeline && theirs.Lsn >= position.Lsn),
        ];
        if (next.IsEmpty && view.Group.Unprotected == UnprotectedPolicy.Stall)
        {
            next = others;
        }

        return next.IsEmpty ? SyncRule.None : new SyncRule(next, Math.Min(view.Group.Acks, next.Length));
    }
}
