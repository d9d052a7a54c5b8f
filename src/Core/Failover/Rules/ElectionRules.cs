using System.Collections.Immutable;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>R2 and R3: promise, election, promotion; and R6's election where only time protects.</summary>
internal static class ElectionRules
{
    public static readonly Rule[] Promotion =
    [
        new("R3.start", "this member was elected, and its server, a standby, is not running", "start it", false,
            view => Elected(view) && view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped } && !view.Activity.StartBackoff
                ? new Outcome("elected, but the server is not running", new MemberAction.Start(MemberRole.Standby, SyncRule.Blocked, GateOpen: false))
                : null),

        new("R3.left-over",
            "this member was elected, and its server has names of an earlier election, which came to nothing",
            "stop it, so that it starts blocked: a part of it that heard of the new names late would go by the old ones", false,
            view => Elected(view) && view.Engine.Process == ProcessState.Running && view.Engine.ConfiguredSync is { } left &&
                    left != SyncRule.Blocked && left != view.Record!.Sync
                ? new Outcome($"its server acknowledges by {left} still", new MemberAction.Stop(Immediate: false))
                : null),

        new("R3.remember", "this member was elected", "note on disk that its log is now of the new epoch, before it writes any", false,
            view => Elected(view) && view.Memory.LogEpoch < view.Record!.Epoch
                ? new Outcome($"elected for epoch {view.Record.Epoch}",
                    new MemberAction.Remember(view.Memory with { LogEpoch = view.Record.Epoch, Epoch = view.Record.Epoch, WasPrimary = true }))
                : null),

        new("R3.names",
            "this member was elected, and its server does not have the record's rule for acknowledging",
            "set it before promoting: not one commit may be acknowledged alone", false,
            view => Elected(view) && view.Engine.Process == ProcessState.Running && view.Engine.ConfiguredSync != view.Record!.Sync
                ? new Outcome($"acknowledge by {view.Record.Sync} from the first commit on", new MemberAction.SetSync(view.Record.Sync))
                : null),

        new("R3.short", "this member was elected, and its log ends before what it was elected with",
            "do not promote: what is missing was acknowledged, and another candidate may have it", true,
            view => Elected(view) && view.LostLog() is { } lost ? Outcome.Stay(lost) : null),

        new("R3.promote", "this member was elected, detached, has all the log that it was elected with, and the record's rule", "promote", false,
            view => Elected(view) && view.Engine.Process == ProcessState.Running && view.Engine.Detached() &&
                    view.Engine.ConfiguredSync == view.Record!.Sync && view.Engine.Position is not null
                ? new Outcome($"primary of epoch {view.Record.Epoch}", new MemberAction.Promote())
                : null),

        new("R3.lineage", "the promotion is done, and the record does not know the new timeline", "write it", true,
            view => view is { IAmPrimary: true, Record: { PendingFork: not null } record } && view.Engine.RunsAs(MemberRole.Primary) &&
                    view.Engine is { History: [.., { } newest], Position: { } position } engine && newest.Timeline == position.Timeline
                ? new Outcome($"timeline {newest.Timeline} from {newest.Fork}", new MemberAction.WriteRecord(record with
                {
                    Lineage = Lineage.Close(record.Lineage, newest.Timeline, engine.History, record.Epoch),
                }))
                : null),
    ];

    public static readonly Rule[] Candidate =
    [
        new("R3.elect",
            "enough candidates have promised, this member among them, and it is the most advanced and lacks nothing",
            "take over: one transaction that compares the record and each promise counted", false,
            view => ZeroLossElection(view)),

        new("R3.force",
            "an operator accepted data loss, the primary is silent or hands over, and the promises that are needed cannot be had",
            "take over with what there is: the most advanced member that is heard", false,
            view => ForcedElection(view)),

        new("R6.elect",
            "the group may lose data, the primary's lease is gone, and this member is the most advanced and within the RPO",
            "take over: one transaction that compares the record, the promise, and that there is no lease", false,
            view => LeaseElection(view)),

        new("R2.withdraw", "this member has promised, and the primary is alive after all", "take the promise back and attach again", true,
            view => view.MyPromise is not null && view.Ground() is null && view.Activity.PrimaryAliveFor >= view.Group.Timing.SuspectAfter
                ? new Outcome("the primary is heard again", new MemberAction.WithdrawPromise())
                : null),

        new("R2.stand", "this member has promised", "stay detached and wait for the others", true,
            view => view.MyPromise is { } promise ? Outcome.Stay(Waiting(view, promise)) : null),

        new("R6.refuse",
            "there is ground to take over, only time protects, and taking over would lose more than allowed",
            "refuse, and say why", false,
            view => view.Ground() is not null && view.Record is { IsBeingBorn: false, Mode: not ProtectionMode.ZeroLoss } &&
                    LeaseRefusal(view) is { } refusal
                ? Outcome.Stay(refusal)
                : null),

        new("R2.detach", "there is ground to take over, and this candidate still receives", "stop receiving for good", false,
            view => MayPromise(view) && !view.Engine.Detached() ? new Outcome(view.Ground()!, new MemberAction.Detach()) : null),

        new("R2.promise",
            "there is ground to take over, and this candidate has stopped receiving",
            "promise, with the LSN that it has flushed, read after the stop", false,
            view => MayPromise(view) && view.Engine.Detached() && view.Engine.Position is { } position && view.Standing() is { OnLineage: true }
                ? new Outcome($"{view.Ground()}; flushed {position}", new MemberAction.WritePromise(view.Record!.Epoch + 1, position))
                : null),
    ];

    private static bool Elected(MemberView view) =>
        view is { IAmPrimary: true, Record.IsBeingBorn: false } && view.Engine.Role == MemberRole.Standby && view.Engine.Data == DataState.Present;

    private static bool MayPromise(MemberView view) =>
        view is { IAmPrimary: false, Record: { IsBeingBorn: false } record } && view.Engine.RunsAs(MemberRole.Standby) &&
        view.Priority(view.Me) > 0 &&
        view.MyPromise is null && view.Ground() is not null &&
        (record.Mode == ProtectionMode.ZeroLoss ? record.Sync.Candidates.Contains(view.Me) || LossAccepted(view) : LeaseRefusal(view) is null);

    private static bool LossAccepted(MemberView view) => view.Coordination.Request is { Kind: RequestKind.Failover, AcceptDataLoss: true };

    private static Outcome? ZeroLossElection(MemberView view)
    {
        if (view is not { MyPromise: { } mine, Record: { Mode: ProtectionMode.ZeroLoss } record } || view.IsLeaving() ||
            !record.Sync.Candidates.Contains(view.Me) || !view.Engine.RunsAs(MemberRole.Standby) || !view.Engine.Detached())
        {
            return null;
        }

        var counted = Counted(view, record);
        if (counted.Length < record.Sync.ElectionQuorum || Best(view, counted).Member != view.Me ||
            view.Standing() is not { OnLineage: true, HasAll: true } || RefusesTarget(view, counted))
        {
            return null;
        }

        return Take(view, counted, leaseMustBeGone: false,
            $"{counted.Length} of {record.Sync.Candidates.Count} candidates promised, {record.Sync.ElectionQuorum} needed; " +
            $"{view.Me} has {mine.Position}, the most");
    }

    /// <summary>
    /// The way out when the quorum is gone for good. An ordinary election is given time first, and a primary that lives is never overruled: two
    /// could then acknowledge.
    /// </summary>
    private static Outcome? ForcedElection(MemberView view)
    {
        if (view is not { MyPromise: { } mine, Record: { Mode: ProtectionMode.ZeroLoss } record } || view.IsLeaving() || !LossAccepted(view) ||
            !(view.Suspicion.Suspects || view.PrimaryHandsOver()) || view.Coordination.Request!.Age < view.Group.Timing.HandOver ||
            !view.Engine.RunsAs(MemberRole.Standby) || !view.Engine.Detached() || view.Standing() is not { OnLineage: true })
        {
            return null;
        }

        ImmutableArray<Promise> heard =
        [
            .. view.Coordination.Promises.Values.Where(promise => promise.Epoch == record.Epoch + 1 && IsHeard(view, promise.Member)),
        ];
        var candidates = heard.Count(promise => record.Sync.Candidates.Contains(promise.Member));
        return Best(view, heard).Member == view.Me
            ? Take(view, heard, leaseMustBeGone: false,
                $"an operator accepts data loss; {candidates} of the {record.Sync.ElectionQuorum} " +
                $"promises that would prove that nothing is lost; {view.Me} has {mine.Position}")
            : null;
    }

    private static Outcome? LeaseElection(MemberView view) =>
        view is { MyPromise: { } mine, Record: { Mode: not ProtectionMode.ZeroLoss } } && !view.IsLeaving() && view.Ground() is not null &&
        view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Detached() &&
        LeaseRefusal(view) is null && !view.Coordination.PrimaryLeaseExists && view.Standing() is { OnLineage: true } && AwaitedTarget(view) is null
            ? Take(view, [mine], leaseMustBeGone: true, $"{view.Ground()}; the lease is gone; {view.Me} has {mine.Position}")
            : null;

    /// <summary>
    /// Promises for the next epoch by candidates that are heard, or that have no more than this member: a dead one must not be waited for to take
    /// over, but its word stands.
    /// </summary>
    private static ImmutableArray<Promise> Counted(MemberView view, GroupRecord record) =>
    [
        .. view.Coordination.Promises.Values.Where(promise => promise.Epoch == record.Epoch + 1 && record.Sync.Candidates.Contains(promise.Member) &&
            (IsHeard(view, promise.Member) || IsNoFurther(promise.Position, view.MyPromise?.Position))),
    ];

    private static bool IsNoFurther(LogPosition theirs, LogPosition? mine) =>
        mine is { } position && (theirs.Timeline, theirs.Lsn.Value).CompareTo((position.Timeline, position.Lsn.Value)) <= 0;

    private static bool IsHeard(MemberView view, string member) =>
        member == view.Me || (view.Peers.TryGetValue(member, out var peer) && peer.HeardWithin(view.Group.Timing.SuspectAfter));

    /// <summary>
    /// Who goes first: what it has decides. Among equals one whose server runs, the one asked for, priority, name; but who has waited long for
    /// another of the same position waits no more: that one cannot reach coordination, say, and the transaction lets only one through.
    /// </summary>
    private static Promise Best(MemberView view, ImmutableArray<Promise> promises) =>
        promises.OrderByDescending(promise => promise.Position.Timeline).ThenByDescending(promise => promise.Position.Lsn)
            .ThenByDescending(promise => promise.Member == view.Me && view.Activity.PromisedFor >= view.Group.Timing.HandOver)
            .ThenByDescending(promise =>
                promise.Member == view.Me || (view.Peers.TryGetValue(promise.Member, out var peer) && peer.LooksUsable(view.Group.Timing)))
            .ThenByDescending(promise => promise.Member == view.Coordination.Request?.Target)
            .ThenByDescending(promise => view.Priority(promise.Member)).ThenBy(promise => promise.Member, StringComparer.Ordinal).First();

    /// <summary>
    /// An operator named a target, it has promised, but another has more: taking that other is not what was
    /// asked, unless the primary is gone.
    /// </summary>
    private static bool RefusesTarget(MemberView view, ImmutableArray<Promise> counted) =>
        view.Coordination.Request is { Kind: RequestKind.Failover, Target: { } target } && target != view.Me &&
        counted.Any(promise => promise.Member == target) &&
        !view.Suspicion.Confirmed && !view.PrimaryHandsOver();

    private static Outcome Take(MemberView view, ImmutableArray<Promise> counted, bool leaseMustBeGone, string reason)
    {
        var record = view.Record!;
        var sync = NextSync(view, counted);
        return new Outcome(reason, new MemberAction.Elect(
            record with
            {
                Epoch = record.Epoch + 1,
                Primary = view.Me,
                Sync = sync,
                Mode = QuorumRules.ModeFor(view, sync),
                Lineage = Lineage.Extend(record.Lineage, view.Engine.Position!.Value.Timeline, view.Engine.History,
                    record.Epoch + 1, view.MyPromise!.Position.Lsn),
            },
            counted, leaseMustBeGone));
    }

    /// <summary>
    /// Who acknowledges under the new primary: all standbys that promised or are seen alive, so that no commit rests on one copy while another
    /// is there. In a switchover between two the old primary, which is coming back. Nobody: what the store declares.
    /// </summary>
    private static SyncRule NextSync(MemberView view, ImmutableArray<Promise> counted)
    {
        if (!view.Group.ZeroLoss)
        {
            return SyncRule.None;
        }

        var others = view.Group.Members.Where(member => member.Key != view.Me && member.Value > 0).Select(member => member.Key).ToImmutableArray();
        ImmutableArray<string> next =
        [
            .. others.Where(name => counted.Any(promise => promise.Member == name) ||
                (view.Peers.TryGetValue(name, out var peer) && peer.LooksUsable(view.Group.Timing) && peer.LogEpoch >= view.Record!.Epoch)),
        ];
        if (next.IsEmpty && view.Coordination.Request is { Kind: RequestKind.Switchover } && view.PrimaryHandsOver())
        {
            next = [view.Record!.Primary];
        }

        if (next.IsEmpty && view.Group.Unprotected == UnprotectedPolicy.Stall)
        {
            next = others;
        }

        return next.IsEmpty ? SyncRule.None : new SyncRule(next, Math.Min(view.Group.Acks, next.Length));
    }

    /// <summary>R6: why this member must not take over where only time protects; null: it may.</summary>
    private static string? LeaseRefusal(MemberView view)
    {
        var request = view.Coordination.Request;
        var handedOver = request is { Kind: RequestKind.Switchover } && view.HasAllOfPrimaryThatHandsOver();
        var accepted = request is { Kind: RequestKind.Failover, AcceptDataLoss: true };
        if (view.Priority(view.Me) == 0)
        {
            return "priority 0: never primary";
        }

        if (!handedOver && !accepted)
        {
            if (view.Group.ZeroLoss)
            {
                return "the primary ran unprotected: taking over may lose commits; " +
                    "an operator may ask for it with 'holdfast failover --accept-data-loss'";
            }

            if (view.Activity.Lag is not { } lag || lag > view.Group.Rpo)
            {
                return $"behind by {(view.Activity.Lag is { } known ? $"{known.TotalSeconds:F1} s" : "an unknown time")}, " +
                    $"more than the RPO of {view.Group.Rpo.TotalSeconds:F1} s; " +
                    "an operator may ask for it with 'holdfast failover --accept-data-loss'";
            }
        }

        return view.Engine.Position is { } mine && view.Peers.FirstOrDefault(peer => Better(view, peer.Key, peer.Value, mine)) is { Key: { } better }
            ? $"{better} is further or preferred"
            : null;
    }

    private static bool Better(MemberView view, string name, PeerView peer, LogPosition mine)
    {
        if (name == view.Record!.Primary || !peer.LooksUsable(view.Group.Timing) || view.Priority(name) == 0 || peer.Position is not { } theirs)
        {
            return false;
        }

        var target = view.Coordination.Request?.Target;
        return (theirs.Timeline, theirs.Lsn.Value, name == target, view.Priority(name), string.CompareOrdinal(view.Me, name))
            .CompareTo((mine.Timeline, mine.Lsn.Value, view.Me == target, view.Priority(view.Me), 0)) > 0;
    }

    /// <summary>
    /// R9: the member that this hand-over is for, while it may take over at any moment; null: nobody is waited for. Where only time protects, each
    /// member with all the log may be elected, and what was last heard of the target's position is older than the stop: without this the one
    /// that looks first wins. A target that is silent, has promised less, or does not come within the time for a hand-over is not waited for.
    /// </summary>
    private static string? AwaitedTarget(MemberView view) =>
        view is { MyPromise: { } mine, Coordination.Request: { Kind: RequestKind.Switchover, Target: { } target } } && target != view.Me &&
        view.PrimaryHandsOver() && view.Activity.PromisedFor < view.Group.Timing.HandOver && view.Priority(target) > 0 &&
        view.Peers.TryGetValue(target, out var peer) && peer.LooksUsable(view.Group.Timing) &&
        (!view.Coordination.Promises.TryGetValue(target, out var theirs) || theirs.Epoch != mine.Epoch || IsNoFurther(mine.Position, theirs.Position))
            ? target
            : null;

    private static string Waiting(MemberView view, Promise promise)
    {
        var record = view.Record!;
        if (record.Mode != ProtectionMode.ZeroLoss)
        {
            return view.Coordination.PrimaryLeaseExists
                ? $"promised {promise.Position}; waiting until the lease of {record.Primary} is gone"
                : $"promised {promise.Position}; " + (LeaseRefusal(view) ??
                  (AwaitedTarget(view) is { } target ? $"waiting for {target}, which was asked for" : "waiting for ground to take over"));
        }

        var counted = Counted(view, record);
        if (counted.Length < record.Sync.ElectionQuorum || counted.IsEmpty)
        {
            return $"promised {promise.Position}; {counted.Length} of {record.Sync.ElectionQuorum} promises that are needed";
        }

        var best = Best(view, counted).Member;
        return best != view.Me ? $"promised {promise.Position}; {best} has more or goes first"
            : view.Standing() is { HasAll: false }
                ? $"promised {promise.Position}; lacks what {record.Primary} had when it took over ({record.Lineage[^1].Fork}): " +
                  "waiting for a member that has it"
            : $"promised {promise.Position}";
    }
}
