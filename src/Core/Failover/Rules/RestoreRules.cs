using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover.Rules;

/// <summary>
/// A restore in place is a second birth: the record names who makes the data anew, and until that is done there is no primary. It ends in one write
/// to the record, either way: done, with the new lineage, or taken back, as if it had never begun.
/// </summary>
internal static class RestoreRules
{
    /// <summary>What was restored must not serve after the restore was taken back: it is not the store's history.</summary>
    public static readonly Rule Fence =
        new("RESTORE.fence", "the server runs on restored data, and the record does not say that the restore is done", "stop it at once", true,
            view => Unfinished(view) && view.Engine.HasProcess() && view.Engine.RestoredIn == view.Memory.Restoring
                ? new Outcome($"the restore of epoch {view.Memory.Restoring} was taken back", new MemberAction.Stop(Immediate: true))
                : null);

    public static readonly Rule[] Ends =
    [
        new("RESTORE.done", "the record says that the restore which this member has begun is done", "note it on disk, before anybody is let in", true,
            view => view.Memory.Restoring > 0 && view.Record?.RestoredIn == view.Memory.Restoring
                ? new Outcome($"restored in epoch {view.Memory.Restoring}", new MemberAction.Remember(view.Memory with
                {
                    Restoring = 0,
                    Epoch = Math.Max(view.Memory.Epoch, view.Memory.Restoring),
                    LogEpoch = Math.Max(view.Memory.LogEpoch, view.Memory.Restoring),
                    Divergence = null,
                }))
                : null),

        new("RESTORE.put-back", "the restore which this member has begun was taken back, or is not known any more",
            "put back what it has set aside", false,
            view => Unfinished(view) && view.Engine.Process == ProcessState.Stopped
                ? new Outcome($"the restore of epoch {view.Memory.Restoring} was taken back", new MemberAction.PutBack(view.Memory.Restoring))
                : null),

        new("RESTORE.untouched", "the restore which this member has begun was taken back, and its server runs on the data of before", "forget it", false,
            view => Unfinished(view) && view.Engine.HasProcess() && view.Engine.RestoredIn != view.Memory.Restoring
                ? new Outcome($"nothing was set aside for the restore of epoch {view.Memory.Restoring}",
                    new MemberAction.Remember(view.Memory with { Restoring = 0 }))
                : null),
    ];

    public static readonly Rule[] UnderWay =
    [
        new("RESTORE.detach", "the store is being restored, and this standby still follows", "stop receiving: what comes next is another history", false,
            view => IsRestored(view) && !view.IAmPrimary && view.Engine.RunsAs(MemberRole.Standby) && !view.Engine.Detached()
                ? new Outcome($"{view.Record!.Primary} restores the store", new MemberAction.Detach())
                : null),

        new("RESTORE.remember", "the record names this member to restore the store", "note it on disk, before anything is touched", false,
            view => Mine(view) && view.Memory.Restoring != view.Record!.Epoch
                ? new Outcome($"epoch {view.Record.Epoch}", new MemberAction.Remember(view.Memory with
                {
                    Restoring = view.Record.Epoch,
                    Epoch = view.Record.Epoch,
                    WasPrimary = true,
                }))
                : null),

        new("RESTORE.give-up", "the restore cannot be done", "take it back: the store is to be as it was", false,
            view => Mine(view) && view.Activity.RestoreFailed is { } why && !IsWhole(view)
                ? new Outcome(why, new MemberAction.WriteRecord(StoreRestore.TakenBack(view.Record!)))
                : null),

        new("RESTORE.stop", "this member restores the store, and its server runs on the data of before", "stop it in good order", false,
            view => Mine(view) && view.Engine.HasProcess() && !IsWhole(view)
                ? new Outcome($"to restore up to {view.Record!.Restore!.Aim}", new MemberAction.Stop(Immediate: false))
                : null),

        new("RESTORE.restore", "this member restores the store, and its data are not there as a whole yet",
            "set aside what is there, and make the data anew from the backup (again)", false,
            view => Mine(view) && view.Engine.Process == ProcessState.Stopped && !IsWhole(view)
                ? new Outcome($"up to {view.Record!.Restore!.Aim}", new MemberAction.Restore(view.Record.Epoch, view.Record.Restore.Aim))
                : null),

        new("RESTORE.start", "the restored data are there, their server is not running", "start it with the gate closed", false,
            view => Mine(view) && view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped } && !view.Activity.StartBackoff
                ? new Outcome("first start of the restored data", new MemberAction.Start(MemberRole.Primary, SyncRule.None, GateOpen: false))
                : null),

        new("RESTORE.access", "the restored server runs; its roles and rights are those of then", "prepare them", false,
            view => Mine(view) && view.Engine.RunsAs(MemberRole.Primary) && !view.Activity.AccessPrepared
                ? new Outcome("roles for replication and health", new MemberAction.PrepareAccess())
                : null),

        new("RESTORE.complete", "the restored server is ready",
            "complete the record with the lineage that it has followed: from now on this is the store, and the others clone it", false,
            view => Mine(view) && view.Engine is { Position: { } position, History.IsEmpty: false } && view.Engine.RunsAs(MemberRole.Primary) &&
                    view.Engine.SystemId == view.Record!.Restore!.SystemId
                ? new Outcome($"restored up to {view.Record.Restore.Aim}", new MemberAction.WriteRecord(view.Record with
                {
                    SystemId = view.Record.Restore.SystemId,
                    Restore = null,
                    RestoredIn = view.Record.Epoch,
                    Lineage = Followed(view.Record, position.Timeline, view.Engine.History),
                }))
                : null),

        new("RESTORE.wait", "the store is being restored", "wait", true,
            view => IsRestored(view) ? Outcome.Stay($"{view.Record!.Primary} restores the store up to {view.Record.Restore!.Aim}") : null),
    ];

    private static bool IsRestored(MemberView view) => view.Record is { Restore: not null };

    private static bool Mine(MemberView view) => view.IAmPrimary && IsRestored(view);

    private static bool IsWhole(MemberView view) => view.Engine.RestoredIn == view.Record!.Epoch;

    /// <summary>
    /// The record neither says that the restore goes on nor that it is done. Without any record nobody was let in, for that is noted on this member's disk
    /// first.
    /// </summary>
    private static bool Unfinished(MemberView view) =>
        view.Memory.Restoring is var epoch and > 0 &&
        (view.Coordination.State == RecordState.Absent ||
            (view.Record is { } record && record.RestoredIn != epoch && !(record.Restore is not null && record.Epoch == epoch)));

    /// <summary>The old lineage as far as the restored log followed it, and the timeline that begins there.</summary>
    private static ImmutableArray<LineageEntry> Followed(GroupRecord record, uint timeline, ImmutableArray<TimelineStart> history)
    {
        var lineage = Lineage.Close(record.Lineage, timeline, history, record.Epoch);
        // From before the lineage's beginning (a store that was adopted later, or forgotten once) nothing of it was followed.
        return lineage[^1].Epoch == record.Epoch && lineage[^1].Timeline == timeline
            ? lineage : [new LineageEntry(record.Epoch, timeline, history[^1].Fork)];
    }
}
