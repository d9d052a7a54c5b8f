using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>What coordination says is unknown, unreadable, contradictory or away (R5), or a write of ours is in doubt.</summary>
internal static class CoordinationRules
{
    public static readonly Rule[] Identity =
    [
        new("ID.unreadable", "the record is corrupt or of a newer format", "decide nothing; say where it is and what is wrong", true,
            view => view.Coordination.State == RecordState.Unreadable
                ? Outcome.Complain(view.Coordination.Problem ?? "the record cannot be read")
                : null, RuleScope.Both),

        new("ID.older-record",
            "the record's epoch is below the one that this member has acted under",
            "decide nothing: coordination has gone back in time", true,
            view => view.Record is { } record && record.Epoch < view.Memory.Epoch
                ? Outcome.Complain(
                    $"the record says epoch {record.Epoch}, but this member has acted under epoch {view.Memory.Epoch}: " +
                    "coordination seems to have been restored from an older state; find the member with the highest epoch " +
                    "and let it create the record anew (OPERATIONS.md, 'Coordination was lost')")
                : null, RuleScope.Both),
    ];

    public static readonly Rule[] Data =
    [
        new("ID.foreign-data",
            "the data directory holds something that is not this engine's, or not usable",
            "touch nothing; say what and the remedy", true,
            view => view.Engine.Data == DataState.Foreign
                ? Outcome.Complain(view.Engine.DataProblem ?? "the data directory is not usable")
                : null, RuleScope.Both),

        new("ID.foreign-system",
            "the data directory belongs to another system identifier than the record's",
            "touch nothing, start nothing (oath 4)", true,
            view => view.IsForeign()
                ? Outcome.Complain(
                    $"the data directory has system identifier {view.Engine.SystemId}, the group's is {view.Record!.SystemId}: " +
                    "move it away, or give this member another directory")
                : null, RuleScope.Both),
    ];

    public static readonly Rule[] Lost =
    [
        new("R5.stop-serving",
            "coordination is away and commits have been stalling, both longer than stale-read-limit",
            "close the gate: stale reads are bounded", false,
            view => view.Engine.RunsAs(MemberRole.Primary) && view.Engine.GateOpen && view.ReadsAreStale()
                ? new Outcome($"no coordination for {view.Coordination.UnreachableFor.TotalSeconds:F0} s " +
                    $"and no acknowledgement for {view.Activity.StalledFor.TotalSeconds:F0} s",
                    new MemberAction.SetGate(false))
                : null),

        new("R5.unread", "coordination has not been read since the agent's start", "leave everything as it is", true,
            view => view.Coordination.State == RecordState.Unknown ? Outcome.Stay("coordination has not been read yet") : null, RuleScope.Both),

        new("R5.restart",
            "coordination is away; the server of a protected primary has ended, and no write of its record is in doubt",
            "start it with its candidates and the gate closed: alone it can acknowledge nothing", false,
            view => view.Coordination is { Reachable: false, RecordInDoubt: false } &&
                    view is { IAmPrimary: true, Record: { IsBeingBorn: false, Sync.Protects: true } record } &&
                    view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped, Role: MemberRole.Primary } &&
                    view.Activity is { Job: null, StartBackoff: false } && view.WriteForbidden() is null
                ? new Outcome("the server has ended and coordination is away",
                    new MemberAction.Start(MemberRole.Primary, record.Sync, GateOpen: false))
                : null),

        new("R5.restart-standby",
            "coordination is away; the server of a standby that followed the record's primary has ended, and no promise of its stands",
            "start it, following as before", false,
            view => !view.Coordination.Reachable && view is { Record: { IsBeingBorn: false } record, MyPromise: null } && view.Upstream() is { } upstream &&
                    view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped, Role: MemberRole.Standby } &&
                    view.Activity is { Job: null, StartBackoff: false } && view.Memory.LogEpoch == record.Epoch && view.UpstreamIsOnHistory() &&
                    view.Memory.Divergence is null && !view.Coordination.PromiseInDoubt
                ? new Outcome("the server has ended and coordination is away",
                    new MemberAction.Start(MemberRole.Standby, Quorum.SyncRule.Blocked, GateOpen: true, upstream))
                : null, RuleScope.Both),
    ];

    public static readonly Rule Continue =
        new("R5.continue", "coordination is away", "go on as before: a protected primary needs it only to change its sets", true,
            view => !view.Coordination.Reachable
                ? Outcome.Stay($"coordination is away; {(
                    view.IAmPrimary && !view.Engine.RunsAs(MemberRole.Primary) && view.WriteForbidden() is { } why ? $"{view.Me} does not write: {why}"
                    : view.IAmPrimary && view.Record!.Sync.Protects ? $"{view.Record.Sync} goes on acknowledging"
                    : "nothing is decided without it")}")
                : null, RuleScope.Both);

    public static readonly Rule[] Doubt =
    [
        new("R1.settle",
            "a write of ours to the record got no answer",
            "rewrite the record as it is: the one in flight can then no longer take effect", true,
            view => view is { Coordination.RecordInDoubt: true, Record: { } record }
                ? Settled(record)
                : null, RuleScope.Both),

        new("R2.settle",
            "a promise of ours got no answer and does not stand",
            "withdraw it: it must not come to stand after this member has attached again", true,
            view => view is { Coordination.PromiseInDoubt: true, MyPromise: null, Record: not null }
                ? new Outcome("a promise is in doubt", new MemberAction.WithdrawPromise())
                : null, RuleScope.Both),

        new("R4.remember",
            "the record's epoch or primary is news to this member's disk (an elected member: R3.remember)",
            "write it down: a member's epoch never falls (oath 3)", true,
            view => view.Record is { } record && record.Ready() && !(IsActivePrimary(view) && view.Engine.Role == MemberRole.Standby) &&
                    (view.Memory.Epoch < record.Epoch || view.Memory.WasPrimary != IsActivePrimary(view))
                ? new Outcome($"epoch {record.Epoch}, primary {record.Primary}",
                    new MemberAction.Remember(view.Memory with { Epoch = record.Epoch, WasPrimary = IsActivePrimary(view) }))
                : null, RuleScope.Both),
    ];

    internal static Outcome Settled(GroupRecord record) =>
        new("a write to the record is in doubt", new MemberAction.WriteRecord(record with { Stamp = record.Stamp + 1 }));

    /// <summary>A standby leader is no primary: it never wrote.</summary>
    private static bool IsActivePrimary(MemberView view) => view is { IAmPrimary: true, IsPassive: false };
}
