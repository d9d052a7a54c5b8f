using System.Collections.Immutable;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>Questions about a view that more than one rule asks.</summary>
public static class Facts
{
    /// <summary>A standby further behind than this does not become a candidate or a target.</summary>
    public const ulong CandidateLagBytes = 16 * 1024 * 1024;
    /// <summary>A switchover stops the primary only when the target is this close.</summary>
    public const ulong SwitchoverLagBytes = 1024 * 1024;

    public static bool HasProcess(this EngineView engine) =>
        engine.Process is ProcessState.Running or ProcessState.Starting or ProcessState.Unresponsive;
    public static bool RunsAs(this EngineView engine, MemberRole role) => engine.Process == ProcessState.Running && engine.Role == role;
    /// <summary>The data here are of another store than the record's; null in either place is not known, and so not foreign.</summary>
    public static bool IsForeign(this MemberView view) =>
        view is { Record.SystemId: { } wanted, Engine.SystemId: { } found } && wanted != found;

    public static bool Detached(this EngineView engine) => engine.Upstream is null && !engine.Receiving;
    public static bool Ready(this GroupRecord? record) => record is { IsBeingBorn: false };

    /// <summary>A standby that could take over or acknowledge soon, by its own word.</summary>
    public static bool LooksUsable(this PeerView peer, TimingSpec timing) =>
        peer.HeardWithin(timing.SuspectAfter) && peer is { Process: ProcessState.Running, Role: MemberRole.Standby, Data: DataState.Present };

    public static int Priority(this MemberView view, string member) => view.Group.Members.GetValueOrDefault(member);

    public static bool PrimaryHandsOver(this MemberView view) =>
        view.Record is { } record && view.Peers.TryGetValue(record.Primary, out var primary) && primary.HandsOverEpoch == record.Epoch &&
        primary.HeardWithin(view.Group.Timing.HandOver);

    /// <summary>
    /// The primary has been shut down in good order, and this member has all that it had. A primary that crashed says that it hands over, too (R7), and what it
    /// had not sent is then lost.
    /// </summary>
    public static bool HasAllOfPrimaryThatHandsOver(this MemberView view) =>
        view.PrimaryHandsOver() && view.Peers[view.Record!.Primary] is { CleanShutdown: true, Position: { } end } &&
        view.Engine.Position is { } mine && mine.Timeline == end.Timeline && mine.Lsn >= end.Lsn;

    public static bool ForcedFailover(this MemberView view) => view.Coordination.Request is { Kind: RequestKind.Failover };

    /// <summary>R5: neither coordination nor an acknowledgement for so long that reads must stop.</summary>
    public static bool ReadsAreStale(this MemberView view) =>
        !view.Coordination.Reachable && view.Activity.StalledFor >= view.Group.Timing.StaleReadLimit &&
        view.Coordination.UnreachableFor >= view.Group.Timing.StaleReadLimit;

    /// <summary>Ground to take over, in words; null: none (R7).</summary>
    public static string? Ground(this MemberView view) =>
        view.PrimaryHandsOver() ? $"{view.Record!.Primary} hands over"
        : view.ForcedFailover() ? "an operator asked for a failover"
        : view.Suspicion.Confirmed ? view.Suspicion.Reason
        : null;

    /// <summary>
    /// An elected member's log ends before what it was elected with, although that had been flushed: something took it away. Null: it has all of it, or
    /// where it ends is not known yet; or an operator accepts the loss.
    /// </summary>
    public static string? LostLog(this MemberView view) =>
        view is { IAmPrimary: true, Record.PendingFork: { } elected, Engine: { Role: MemberRole.Standby, Position: { } position } } &&
        view.Engine.Process == ProcessState.Running && position.Lsn < elected.Fork &&
        view.Coordination.Request is not { Kind: RequestKind.Failover, AcceptDataLoss: true }
            ? $"elected with {elected.Fork}, and its log ends at {position.Lsn}: a member that has the rest must take over, or an operator accept the loss"
            : null;

    public static Standing? Standing(this MemberView view) =>
        view is { Record: { } record, Engine: { Position: { } position, Applied: { } applied } engine }
            ? Lineage.Locate(record.Lineage, position, applied, engine.History, view.Memory.LogEpoch)
            : null;

    /// <summary>
    /// Where a server stands that cannot answer before it has received what it lacks. Its pages are of that point, so that, and not where its log
    /// ends, has to be on the store's history. Null: it lacks nothing.
    /// </summary>
    public static Standing? StandingOfPages(this MemberView view) =>
        view is { Record: { } record, Engine: { Lacks: { } lacks } engine }
            ? Lineage.Locate(record.Lineage, lacks, lacks.Lsn, engine.History, view.Memory.LogEpoch)
            : null;

    /// <summary>The upstream is there to be copied from: its server runs as the primary.</summary>
    public static bool PrimaryServes(this MemberView view) =>
        view.Record is { } record && view.Peers.TryGetValue(record.Primary, out var primary) &&
        primary.HeardWithin(view.Group.Timing.SuspectAfter * 3) &&
        primary is { Process: ProcessState.Running, Role: MemberRole.Primary } && primary.Epoch >= record.Epoch;

    /// <summary>The standbys that ought to acknowledge, as this primary sees them now.</summary>
    public static SyncRule DesiredSync(this MemberView view)
    {
        var record = view.Record!;
        if (!view.Group.ZeroLoss)
        {
            return SyncRule.None;
        }

        if (view.SwitchoverTarget() is { } target)
        {
            return new SyncRule([target], 1);
        }

        var wanted = view.Group.Members.Keys
            .Where(name => name != view.Me && view.Priority(name) > 0)
            .Where(name => record.Sync.Candidates.Contains(name) ? !view.IsLost(name) : view.MayJoin(name))
            .ToImmutableArray();
        if (!wanted.IsEmpty)
        {
            return new SyncRule(wanted, Math.Min(view.Group.Acks, wanted.Length));
        }

        return view.Group.Unprotected == UnprotectedPolicy.Allow || !record.Sync.Protects ? SyncRule.None : record.Sync;
    }

    /// <summary>
    /// A candidate is lost when it is not streaming, or flushes nothing although there is something, for too long. Its agent's silence
    /// alone means nothing; together with an end of the stream it shortens the wait.
    /// </summary>
    private static bool IsLost(this MemberView view, string name)
    {
        var timing = view.Group.Timing;
        var silent = !view.Peers.TryGetValue(name, out var peer) || !peer.HeardWithin(timing.SuspectAfter);
        return view.Activity.AbsentFor.GetValueOrDefault(name) >= (silent ? timing.SuspectAfter : timing.CandidateLostAfter) ||
            (silent && view.Activity.StuckFor.GetValueOrDefault(name) >= timing.CandidateLostAfter);
    }

    private static bool MayJoin(this MemberView view, string name) =>
        view.Streams(name, CandidateLagBytes) && view.Activity.StuckFor.GetValueOrDefault(name) < view.Group.Timing.SuspectAfter;

    public static bool Streams(this MemberView view, string name, ulong lagBytes) =>
        view.Engine.Inserted is { } end &&
        view.Engine.Standbys.Any(standby => standby.Member == name && standby.Streaming && end.BytesAhead(standby.Flushed) <= lagBytes);

    /// <summary>
    /// The member that a running switchover goes to, once the preparation has been made; null: none. Without a name in the request it is
    /// the first that can take it by priority, then name; a choice once made by narrowing the candidates stays.
    /// </summary>
    public static string? SwitchoverTarget(this MemberView view) =>
        view.Coordination.Request is { Kind: RequestKind.Switchover } request && view.Activity.CheckpointedFor == request.Id &&
        !view.Activity.HandOverAbandoned
            ? view.ChosenTarget(request)
            : null;

    public static string? ChosenTarget(this MemberView view, MoveRequest request)
    {
        if (request.Target is not null)
        {
            return request.Target;
        }

        var sole = view.Record!.Sync.Candidates.Count == 1 ? view.Record.Sync.Candidates[0] : null;
        return sole is not null && view.Streams(sole, CandidateLagBytes)
            ? sole
            : view.Group.Members.Where(member => member.Key != view.Me && member.Value > 0 && view.Streams(member.Key, CandidateLagBytes))
                .OrderByDescending(member => member.Value).ThenBy(member => member.Key, StringComparer.Ordinal)
                .Select(member => member.Key).FirstOrDefault();
    }
}
