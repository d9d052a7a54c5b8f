using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover.Rules;

/// <summary>
/// R8: how a member that is not the primary comes to follow it. Nothing is rewound or overwritten before the diverged log is copied away.
/// </summary>
internal static class RejoinRules
{
    public static readonly Rule[] All =
    [
        new("R8.clone", "no complete data here, and the primary serves", "clone it", false,
            view => Follows(view) && view.Engine is { Data: DataState.Empty or DataState.Incomplete, Process: ProcessState.Stopped } &&
                    view.UpstreamServes()
                ? new Outcome($"no data yet; {view.Upstream()} serves", new MemberAction.CloneFrom(view.Upstream()!))
                : null, RuleScope.Both),

        new("R8.reconsider",
            "the divergence was judged by the record of an earlier epoch",
            "judge it anew: the newer history may have left this log earlier, and more is to be salvaged", false,
            view => Follows(view) && view.Memory.Divergence is { } divergence && divergence.Epoch < view.Record!.Epoch
                ? new Outcome($"epoch {view.Record.Epoch}",
                    new MemberAction.Remember(view.Memory with { Divergence = Reconsidered(divergence, view.Record) }))
                : null, RuleScope.Both),

        new("R8.feed", "the standby follows the primary, which no longer has the log that it needs, and the store's log is archived",
            "let it read from the archive, and from the backup repositories, until it streams again", false,
            view => Follows(view) && view.Group.HasArchive && view.Memory.Divergence is null && view.MyPromise is null &&
                    view.Engine is { LogGone: true, Streaming: false, Feeding: false } && view.Engine.RunsAs(MemberRole.Standby) &&
                    view.Engine.Upstream == view.Upstream() && view.UpstreamServes()
                ? new Outcome($"{view.Upstream()} no longer has the log from {view.Engine.Position} on: where it is archived it may be",
                    new MemberAction.Feed(view.Upstream()!))
                : null, RuleScope.Both),

        new("R8.fed", "the standby that was fed from where the log is archived streams again", "end the feeding, without a break", false,
            view => Follows(view) && view.Engine is { Feeding: true, Streaming: true } && view.Engine.RunsAs(MemberRole.Standby) &&
                    view.MyPromise is null && view.Engine.Upstream == view.Upstream()
                ? new Outcome("it streams again", new MemberAction.Attach(view.Upstream()!))
                : null, RuleScope.Both),

        new("R8.log-gone", "the standby follows the primary, which no longer has the log that it needs",
            "note that only a clone can help; salvage comes first", false,
            view => Follows(view) && view.Memory.Divergence is null && view.Engine is { LogGone: true, Streaming: false } && view.MyPromise is null &&
                    view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Upstream == view.Upstream() && view.UpstreamServes()
                ? new Outcome(
                    view.Engine is { ArchiveLacks: true, Fault: { } everywhere } ? everywhere
                        : $"{view.Upstream()} no longer has the log from {view.Engine.Position} on",
                    new MemberAction.Remember(view.Memory with
                    {
                        Divergence = new Divergence(
                            view.Engine.Position ?? default, RewindFailed: true, Epoch: view.Record!.Epoch, Requested: true),
                    }))
                : null, RuleScope.Both),

        new("R8.torn",
            "the data were rewound to a server that was further than the log here, and that history is not the store's any more",
            "note that only a clone can help; salvage comes first", false,
            view => MayReceive(view) && view.Engine.Role == MemberRole.Standby && view.StandingOfPages() is { } standing && IsToBeMended(view, standing)
                ? new Outcome($"its pages are of {view.Engine.Lacks}, which is not the store's history, and its log ends before that",
                    new MemberAction.Remember(view.Memory with
                    {
                        Divergence = new Divergence(
                            standing.OnLineage ? view.Engine.Lacks!.Value : standing.DivergedFrom, RewindFailed: true, Epoch: view.Record!.Epoch,
                            Requested: IsOfBeforeRestore(view)),
                    }))
                : null, RuleScope.Both),

        new("R8.stop", "this member's log has diverged, and its server runs", "stop it in order to mend that", false,
            view => Follows(view) && view.Memory.Divergence is not null && view.Engine.HasProcess()
                ? new Outcome("diverged", new MemberAction.Stop(Immediate: false))
                : null, RuleScope.Both),

        new("R8.salvage", "the log has diverged and has not been copied away", "copy it to salvage/", false,
            view => Follows(view) && view.Memory.Divergence is { Salvaged: false } divergence && Stopped(view)
                ? new Outcome($"diverged from {divergence.From}", new MemberAction.Salvage(divergence.From))
                : null, RuleScope.Both),

        new("R8.rewind", "the diverged log is safe, and the primary serves", "rewind", false,
            view => Follows(view) && view.Memory.Divergence is { Salvaged: true, RewindFailed: false } && Stopped(view) && view.RewindSource() is { } source
                ? new Outcome($"back to where {view.Upstream()} can be followed", new MemberAction.Rewind(source))
                : null, RuleScope.Both),

        new("R8.reclone", "the rewind did not work, and the primary serves", "clone anew", false,
            view => Follows(view) && view.Memory.Divergence is { Salvaged: true, RewindFailed: true } && Stopped(view) && view.UpstreamServes()
                ? new Outcome("the rewind did not work", new MemberAction.CloneFrom(view.Upstream()!))
                : null, RuleScope.Both),

        new("R8.resume",
            "the server is not running, cannot answer before it has received the rest of the log that its pages need, and that is the store's history",
            "note on disk under which epoch it will receive, before it does", true,
            view => MayReceive(view) && Stopped(view) && view.StandingOfPages() is { OnLineage: true } && view.Memory.LogEpoch < view.Record!.Epoch
                ? new Outcome($"its pages are of {view.Engine.Lacks}; will follow epoch {view.Record.Epoch}",
                    WillReceive(view))
                : null, RuleScope.Both),

        new("R8.restart",
            "the server waits for log without which it cannot answer, and is not told to get it from whom this member follows",
            "stop it: a server that does not answer cannot be told another way", false,
            view => Follows(view) && view.Memory.Divergence is null && view.Engine is { Process: ProcessState.Starting, Lacks: { } lacks } &&
                    (view.Engine.Upstream != view.Upstream() || view.Memory.LogEpoch < view.Record!.Epoch)
                ? new Outcome($"its pages are of {lacks}, and it waits for the rest from {view.Engine.Upstream ?? "nobody"}",
                    new MemberAction.Stop(Immediate: false))
                : null, RuleScope.Both),

        new("R8.block",
            "the standby has names for acknowledging, left of an election that came to nothing",
            "stop it, so that it starts blocked, as every standby is", false,
            view => Follows(view) && view.Memory.Divergence is null && view.MyPromise is null && !view.Coordination.PromiseInDoubt &&
                    view.Ground() is null && view.Engine.RunsAs(MemberRole.Standby) && view.Engine.ConfiguredSync is { } left && left != SyncRule.Blocked
                ? new Outcome($"it would acknowledge by {left}", new MemberAction.Stop(Immediate: false))
                : null, RuleScope.Both),

        new("R8.start",
            "the server is not running, and nothing has diverged as far as is known",
            "start it as a standby: following if it followed this epoch's primary before; otherwise, unless it could not answer so, detached and without " +
            "readers", false,
            view => Follows(view) && view.Memory.Divergence is null &&
                    view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped } && !view.Activity.StartBackoff &&
                    (view.Engine.Lacks is null || MayFollowAtOnce(view))
                ? new Outcome(MayFollowAtOnce(view) ? $"follows {view.Upstream()} as before" : "detached at first, to see where its log ends",
                    // What it has beyond the store's history may be a commit that was never acknowledged and is taken back yet.
                    MayFollowAtOnce(view) ? new MemberAction.Start(MemberRole.Standby, SyncRule.Blocked, GateOpen: true, view.Upstream())
                    : new MemberAction.Start(MemberRole.Standby, SyncRule.Blocked, GateOpen: false))
                : null, RuleScope.Both),

        new("R8.detach",
            "the standby streams from a member that is not the primary any more, or is it anew since",
            "detach, to compare where its log ends", true,
            view => Follows(view) && view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Upstream is { } upstream &&
                    (upstream != view.Upstream() || view.Memory.LogEpoch < view.Record!.Epoch)
                ? new Outcome(Now(view), new MemberAction.Detach())
                : null, RuleScope.Both),

        new("R8.adrift",
            "the standby is told to follow the primary, which serves, has applied all that it has, and for candidate-lost-after it has not streamed",
            "detach, so that it attaches anew by what its log ends with", true,
            view => Follows(view) && view.Memory.Divergence is null && view.MyPromise is null && view.Engine.RunsAs(MemberRole.Standby) &&
                    view.Engine is { Streaming: false, ApplyIdle: true, Upstream: { } upstream } && upstream == view.Upstream() &&
                    view.UpstreamServes() && view.Activity.AdriftFor >= view.Group.Timing.CandidateLostAfter
                ? new Outcome($"told to follow {upstream} for {view.Activity.AdriftFor.TotalSeconds:F1} s and does not", new MemberAction.Detach())
                : null, RuleScope.Both),

        new("R8.diverged", "the detached standby has log that is not the store's history, or is of before a restore of the store",
            "note it on disk; salvage and rewind follow (after a restore a clone)", false,
            view => MayAttach(view) && view.Engine.ApplyIdle && view.Standing() is { } standing && IsToBeMended(view, standing)
                ? new Outcome(standing.OnLineage
                        ? $"the store was restored in epoch {view.Record!.RestoredIn}"
                        : $"diverged from {standing.DivergedFrom}: it has {view.Engine.Position}",
                    new MemberAction.Remember(view.Memory with
                    {
                        Divergence = new Divergence(
                            standing.OnLineage ? view.Engine.Position!.Value : standing.DivergedFrom, RewindFailed: IsOfBeforeRestore(view),
                            Epoch: view.Record!.Epoch, Requested: IsOfBeforeRestore(view)),
                    }))
                : null, RuleScope.Both),

        new("R8.remember", "the detached standby is on the store's history", "note on disk under which epoch it will receive, before it does", true,
            view => MayAttach(view) && Attachable(view) && view.Memory.LogEpoch < view.Record!.Epoch
                ? new Outcome($"will follow epoch {view.Record.Epoch}",
                    WillReceive(view))
                : null, RuleScope.Both),

        new("R8.attach", "the detached standby is on the store's history, and no promise of its stands", "attach to the primary", true,
            view => MayAttach(view) && Attachable(view) && view.Memory.LogEpoch == view.Record!.Epoch && view.UpstreamIsOnHistory()
                ? new Outcome(Now(view), new MemberAction.Attach(view.Upstream()!))
                : null, RuleScope.Both),

        new("R8.readers", "the standby follows, on the store's history, and was started without readers", "let them in", true,
            view => MayReceive(view) && view.Engine.RunsAs(MemberRole.Standby) && !view.Engine.GateOpen && view.Engine.Upstream is { } upstream &&
                    upstream == view.Upstream() && view.Memory.LogEpoch == view.Record!.Epoch
                ? new Outcome($"follows {upstream}: readers may come", new MemberAction.SetGate(true))
                : null, RuleScope.Both),
    ];

    private static Divergence Reconsidered(Divergence divergence, GroupRecord record)
    {
        var from = Lineage.Reconsider(record.Lineage, divergence.From, divergence.Epoch);
        return divergence with { From = from, Salvaged = divergence.Salvaged && from == divergence.From, Epoch = record.Epoch };
    }

    /// <summary>A restored server keeps neither the log for a rewind nor that for catching up.</summary>
    private static bool IsOfBeforeRestore(MemberView view) => view.Memory.LogEpoch < view.Record!.RestoredIn;

    private static bool IsToBeMended(MemberView view, Standing standing) => !standing.OnLineage || IsOfBeforeRestore(view);

    private static bool Follows(MemberView view) => view.Upstream() is not null;

    private static string Now(MemberView view) => view.IsPassive
        ? view.IAmPrimary ? $"{view.Upstream()} is primary of epoch {view.Record!.Epoch}; {view.Me} leads here" : $"{view.Upstream()} leads here"
        : $"{view.Upstream()} is primary of epoch {view.Record!.Epoch}";

    private static bool Stopped(MemberView view) => view.Engine is { Process: ProcessState.Stopped, Data: not DataState.Foreign };

    private static bool MayFollowAtOnce(MemberView view) =>
        view.Memory.LogEpoch == view.Record!.Epoch && view.MyPromise is null && !view.Coordination.PromiseInDoubt &&
        view.Engine.Role == MemberRole.Standby && view.UpstreamIsOnHistory();

    private static bool MayAttach(MemberView view) =>
        MayReceive(view) && view.Engine.RunsAs(MemberRole.Standby) && view.Engine.Detached();

    /// <summary>Nothing has diverged as far as is known, and no promise of its stands or may stand.</summary>
    private static bool MayReceive(MemberView view) =>
        Follows(view) && view.Memory.Divergence is null && view.MyPromise is null && !view.Coordination.PromiseInDoubt;

    /// <summary>Notes, before it receives, under which epoch it does.</summary>
    private static MemberAction.Remember WillReceive(MemberView view) =>
        new(view.Memory with { LogEpoch = view.Record!.Epoch, Epoch = view.Record.Epoch, WasPrimary = false });

    private static bool Attachable(MemberView view) => view.Engine.ApplyIdle && view.Standing() is { OnLineage: true };
}
