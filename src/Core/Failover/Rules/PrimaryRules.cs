using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover.Rules;

/// <summary>R4, R6, R7, R10: what a primary owes, and what it does when its own server dies.</summary>
internal static class PrimaryRules
{
    public static readonly Rule Fence =
        new("R4.fence", "the server runs as a primary, and the record names another", "stop it at once; what diverged is kept afterwards (R8)", true,
            view => view is { IAmPrimary: false, Record: { } record } && (!record.IsBeingBorn || record.Restore is not null) && view.Engine.HasProcess() &&
                    view.Engine.Role == MemberRole.Primary &&
                    !view.IsForeign()
                ? new Outcome($"{record.Primary} is primary of epoch {record.Epoch}", new MemberAction.Stop(Immediate: true))
                : null, RuleScope.Both);

    /// <summary>Stands before all that depends on the data: whatever became of them, the candidates need not wait.</summary>
    public static readonly Rule HandOver =
        new("R7.hand-over",
            "the primary's server has ended, or an elected member cannot be promoted, and enough candidates are there to elect",
            "ask them to take over at once: no suspicion time", false,
            view => view.Coordination.Reachable && MustHandOver(view) is { } reason && !view.Activity.HandOverAbandoned &&
                    !(view.Activity.HandingOverFor >= view.Group.Timing.HandOver) && CanElectWithoutMe(view)
                ? new Outcome(reason, new MemberAction.HandOver(view.Record!.Epoch))
                : null);

    public static readonly Rule LeaseExpired =
        new("R6.expired", "the group may lose data, and the primary's lease has run out", "stop at once: somebody may take over now", false,
            view => view is { IAmPrimary: true, Record: { IsBeingBorn: false, Mode: not ProtectionMode.ZeroLoss } } && view.Activity.LeaseExpired &&
                    view.Engine.HasProcess() && view.Engine.Role == MemberRole.Primary
                ? new Outcome("the lease could not be renewed in time", new MemberAction.Stop(Immediate: true))
                : null);

    /// <summary>So many suspicion times a server may be busy with something else before its candidates are better.</summary>
    private const int UnresponsivePatience = 10;

    public static readonly Rule[] Own =
    [
        new("R7.unresponsive",
            "the primary's server is there but has not answered for ten times suspect-after, and enough candidates are there to elect",
            "stop it, so that they can take over", false,
            view => view is { IAmPrimary: true, Record.IsBeingBorn: false } && view.Engine.Process == ProcessState.Unresponsive &&
                    view.Activity.UnresponsiveFor >= view.Group.Timing.SuspectAfter * UnresponsivePatience && CanElectWithoutMe(view)
                ? new Outcome($"no answer for {view.Activity.UnresponsiveFor.TotalSeconds:F1} s; its agent lives",
                    new MemberAction.Stop(Immediate: true))
                : null),

        new("R6.acquire", "the group may lose data, and this primary does not hold the lease", "take it before anything is acknowledged", true,
            view => view is { IAmPrimary: true, Record: { IsBeingBorn: false, Mode: not ProtectionMode.ZeroLoss } } &&
                    !view.Activity.LeaseHeld && view.Engine.Data == DataState.Present
                ? view.Activity.StartBackoff
                    ? Outcome.Stay("waiting for the lease")
                    : new Outcome("only time protects this group now", new MemberAction.AcquireLease())
                : null),

        new("R10.restart", "the primary's server has ended, and nobody took over", "start it in place with the gate closed", false,
            view => Down(view) && !view.Activity.StartBackoff
                ? new Outcome(
                    view.Activity.HandOverAbandoned || view.Activity.HandingOverFor is not null
                        ? "nobody took over in time"
                        : "too few candidates are there to take over",
                    new MemberAction.Start(MemberRole.Primary, view.Record!.Sync, GateOpen: false))
                : null),

        new("R10.admit",
            "the primary runs with its gate closed, and k candidates have all that was there at its start " +
            "(or it is unprotected and holds the lease)",
            "admit clients", true,
            view => view is { IAmPrimary: true, Record: { IsBeingBorn: false, PendingFork: null } record } &&
                    view.Engine.RunsAs(MemberRole.Primary) && !view.Engine.GateOpen && !view.ReadsAreStale() && view.WriteForbidden() is null &&
                    MayAdmit(view, record) is { } reason
                ? new Outcome(reason, new MemberAction.SetGate(true))
                : null),
    ];

    private static string? MustHandOver(MemberView view) =>
        view is not { IAmPrimary: true, Record.IsBeingBorn: false } || view.IsElsewhere() ? null
        : view.Engine is { Process: ProcessState.Stopped, Role: not MemberRole.Standby }
            ? view.Coordination.Request is { Kind: RequestKind.Switchover }
                ? "switchover: the server has stopped"
                : "the server has ended; its agent lives"
        : view.LostLog() is { } lost ? lost
        : view.Activity.ElectedFor >= view.Group.Timing.HandOver && !HasJustGotLease(view) && view.WriteForbidden() is null
            ? $"elected {view.Activity.ElectedFor.TotalSeconds:F1} s ago and not promoted yet"
        : null;

    /// <summary>Where only time protects, nobody can be promoted before the lease is there (R6): the time to be promoted in begins then.</summary>
    private static bool HasJustGotLease(MemberView view) =>
        view is { Record.Mode: not ProtectionMode.ZeroLoss, Activity.LeaseHeld: true } && view.Activity.LeaseHeldFor < view.Group.Timing.HandOver;

    private static bool Down(MemberView view) =>
        view is { IAmPrimary: true, Record.IsBeingBorn: false } &&
        view.Engine is { Data: DataState.Present, Process: ProcessState.Stopped, Role: MemberRole.Primary };

    private static bool CanElectWithoutMe(MemberView view)
    {
        var usable = view.Peers.Where(peer => peer.Value.LooksUsable(view.Group.Timing)).Select(peer => peer.Key).ToHashSet(StringComparer.Ordinal);
        return view.Record switch
        {
            { Sync: { Protects: true } sync } => sync.Candidates.Count(usable.Contains) >= sync.ElectionQuorum,
            { Mode: ProtectionMode.Lease } => usable.Count > 0,
            _ => false,
        };
    }

    private static string? MayAdmit(MemberView view, GroupRecord record)
    {
        if (!record.Sync.Protects)
        {
            var mayRunAlone = !view.Group.ZeroLoss || view.Group.Unprotected == UnprotectedPolicy.Allow;
            return mayRunAlone && view.Activity.LeaseHeld ? $"{record.Mode} with the lease held" : null;
        }

        if (view.Activity.AdmissionBarrier is not { } barrier || view.Engine.EffectiveSync != record.Sync)
        {
            return null;
        }

        var caughtUp = view.Engine.Standbys.Count(standby =>
            record.Sync.Candidates.Contains(standby.Member) && standby.Streaming && standby.Flushed >= barrier);
        return caughtUp >= record.Sync.Acks ? $"{caughtUp} candidate(s) have flushed {barrier}" : null;
    }
}
