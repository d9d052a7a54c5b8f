using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover.Rules;

/// <summary>R0: whoever creates the record initialises the first member; the others clone.</summary>
internal static class BirthRules
{
    /// <summary>How long an empty member waits to hear from all others before it creates the record, in case one of them holds data.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public static readonly Rule[] NoRecord =
    [
        new("R0.adopt", "no record; this member holds a primary's data that no group has used", "create the record for it",  false,
            view => view.Coordination.State == RecordState.Absent && view.Memory.Epoch == 0 &&
                    view.Engine is { Data: DataState.Present, Role: MemberRole.Primary, SystemId: { } systemId }
                ? new Outcome($"existing data with system identifier {systemId}", new MemberAction.CreateRecord(Newborn(view, 1)))
                : null),

        new("R0.restore",
            "no record, but there was one: this member was the last primary, and all others are heard and know nothing newer",
            "create the record anew, one epoch higher", false,
            view => view.Coordination.State == RecordState.Absent && view.Memory is { Epoch: > 0, WasPrimary: true } &&
                    view.Engine is { Data: DataState.Present, SystemId: { } systemId } &&
                    OthersHeard(view) && view.Peers.Values.All(peer => peer.Epoch <= view.Memory.Epoch)
                ? new Outcome($"coordination has forgotten the group; this member was primary of epoch {view.Memory.Epoch} and nobody knows more",
                    new MemberAction.CreateRecord(Newborn(view, view.Memory.Epoch + 1)))
                : null),

        new("R0.lost",
            "no record, but there was one, and it cannot be shown that this member has everything",
            "wait for the last primary, and say so", false,
            view => view.Coordination.State == RecordState.Absent && view.Memory.Epoch > 0
                ? Outcome.Complain(
                    $"coordination has no record, but this member has acted under epoch {view.Memory.Epoch}; " +
                    "waiting until all members of the group are heard and the last primary is among them")
                : null),

        new("R0.create",
            "no record; no data here, none at any other member, and all others are heard (or 10 s have passed)",
            "create the record and become the first member", false,
            view => view.Coordination.State == RecordState.Absent && view.Engine.Data is DataState.Empty or DataState.Incomplete &&
                    view.Priority(view.Me) > 0 &&
                    view.Peers.Values.All(peer => peer.SilentFor is null || peer.Data is DataState.Empty or DataState.Incomplete) &&
                    (OthersHeard(view) || view.Activity.WaitingForBirth >= Grace)
                ? new Outcome("the group does not exist yet", new MemberAction.CreateRecord(Newborn(view, 1)))
                : null),

        new("R0.wait", "no record yet", "wait", false,
            view => view.Coordination.State == RecordState.Absent ? Outcome.Stay("waiting for the group's record") : null),
    ];

    public static readonly Rule[] BeingBorn =
    [
        new("R0.initialise", "the record names this member as the first, and there is no complete data directory", "initialise it (again)", false,
            view => Mine(view) && view.Engine.Data is DataState.Empty or DataState.Incomplete
                ? new Outcome("first member of a new group", new MemberAction.Initialise())
                : null),

        new("R0.start", "the first member's data directory is there, its server is not running", "start it with the gate closed", false,
            view => Mine(view) && view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped } && !view.Activity.StartBackoff
                ? new Outcome("first start", new MemberAction.Start(MemberRole.Primary, SyncRule.None, GateOpen: false))
                : null),

        new("R0.access", "the first member's server runs; its roles and rights have not been prepared", "prepare them", false,
            view => Mine(view) && view.Engine.RunsAs(MemberRole.Primary) && !view.Activity.AccessPrepared
                ? new Outcome("roles for replication and health", new MemberAction.PrepareAccess())
                : null),

        new("R0.complete", "the first member is ready", "complete the record with system identifier and lineage: from now on the others clone", false,
            view => Mine(view) && view.Engine is { Role: MemberRole.Primary, SystemId: { } systemId, Position: { } position } &&
                    view.Engine.RunsAs(MemberRole.Primary)
                ? new Outcome($"system identifier {systemId}", new MemberAction.WriteRecord(view.Record! with
                {
                    SystemId = systemId,
                    Lineage = [new LineageEntry(view.Record.Epoch, position.Timeline, Lsn.Zero)],
                }))
                : null),

        new("R0.take-over",
            "the first member has been silent for 10 s before its data existed",
            "become the first member instead: nothing can have been acknowledged", false,
            view => view.Record is { IsBeingBorn: true } record && !view.IAmPrimary && view.Priority(view.Me) > 0 &&
                    view.Engine.Data is DataState.Empty or DataState.Incomplete &&
                    view.Activity.WaitingForBirth >= Grace &&
                    !(view.Peers.TryGetValue(record.Primary, out var first) && first.HeardWithin(Grace))
                ? new Outcome($"{record.Primary} has not been heard", new MemberAction.WriteRecord(Newborn(view, record.Epoch + 1)))
                : null),

        new("R0.wait-first", "the group's first member is being made", "wait", false,
            view => view.Record is { IsBeingBorn: true } record ? Outcome.Stay($"waiting for {record.Primary}, the first member") : null),
    ];

    private static bool Mine(MemberView view) => view.IAmPrimary && view.Record!.IsBeingBorn;

    private static bool OthersHeard(MemberView view) =>
        view.Group.Members.Keys.Where(name => name != view.Me)
            .All(name => view.Peers.TryGetValue(name, out var peer) && peer.HeardWithin(view.Group.Timing.SuspectAfter * 3));

    private static GroupRecord Newborn(MemberView view, long epoch) => new()
    {
        Epoch = epoch,
        Primary = view.Me,
        Sync = SyncRule.None,
        Mode = view.Group.ZeroLoss ? ProtectionMode.Unprotected : ProtectionMode.Lease,
    };
}
