using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Status;

/// <summary>Makes the picture for people and load balancers from one look.</summary>
public sealed class StatusBuilder(SystemSpec system, StoreSpec store, MemberSpec self, TimeProvider time)
{
    private readonly ImmutableArray<MemberSpec> _group = store.Group(self.Site);
    private DateTimeOffset? _unprotectedSince;

    /// <param name="fault">The last fault of an action; null: none.</param>
    /// <param name="away">Why coordination cannot be used, as far as is known; null: it can, or nothing is known.</param>
    public GroupStatus Build(MemberView view, Decision decision, string? fault, string? away = null)
    {
        var record = view.Record;
        var unprotected = record is { IsBeingBorn: false, Mode: ProtectionMode.Unprotected };
        _unprotectedSince = unprotected ? _unprotectedSince ?? time.GetUtcNow() : null;
        var members = _group.OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => Member(member, view, decision, fault)).ToImmutableArray();
        var (safe, why) = Safety(view, members);
        return new GroupStatus
        {
            System = system.Name,
            Store = store.Name,
            Site = self.Site,
            Member = self.Name,
            Epoch = record?.Epoch ?? 0,
            Primary = record is { IsBeingBorn: false } ? record.Primary : null,
            Mode = record is null or { IsBeingBorn: true } ? "unknown" : record.Mode switch
            {
                ProtectionMode.ZeroLoss => "zero-loss",
                ProtectionMode.Lease => "lease",
                ProtectionMode.Passive => "passive",
                _ => "unprotected",
            },
            UnprotectedSince = _unprotectedSince,
            Candidates = record is null ? [] : [.. record.Sync.Candidates],
            Acks = record?.Sync.Acks ?? 0,
            Paused = record?.Paused ?? false,
            CoordinationReachable = view.Coordination.Reachable,
            CoordinationProblem = view.Coordination.Problem ?? (view.Coordination.Reachable ? null : Away(view, away)),
            SafeToLoseHost = safe,
            Safety = why,
            Rule = decision.Rule,
            Reason = decision.Reason,
            Members = members,
        };
    }

    private static string Away(MemberView view, string? why) =>
        $"not heard for {view.Coordination.UnreachableFor.TotalSeconds:F0} s{(why is null ? "" : $": {why}")}";

    private MemberStatus Member(MemberSpec member, MemberView view, Decision decision, string? fault)
    {
        var status = new MemberStatus
        {
            Name = member.Name,
            Address = member.Address.ToString(),
            Agent = member.Agent.ToString(),
            Candidate = view.Record?.Sync.Candidates.Contains(member.Name) ?? false,
        };
        return member.Name == self.Name ? Mine(status, view, decision, fault) : Other(status, view);
    }

    private static MemberStatus Mine(MemberStatus status, MemberView view, Decision decision, string? fault)
    {
        var engine = view.Engine;
        return status with
        {
            Reachable = true,
            Healthy = engine.Process == ProcessState.Running && engine.Role switch
            {
                MemberRole.Primary => view.IAmPrimary && engine.GateOpen && view.Record is { PendingFork: null, IsBeingBorn: false },
                MemberRole.Standby => engine.Streaming && engine.Upstream is { } upstream && upstream == view.Upstream(),
                _ => false,
            },
            Role = RoleOf(engine.Data, engine.Role),
            State = StateOf(engine.Data, engine.Process, view.Activity.Job),
            Timeline = engine.Position?.Timeline,
            Lsn = engine.Position?.Lsn.ToString(),
            LagBytes = LagOf(engine.Position, PrimaryPosition(view), engine.Data, engine.Role),
            PendingRestart = engine.PendingRestart,
            Fault = decision.Action is MemberAction.Complain complain ? complain.Problem : engine.Fault ?? fault,
            Job = view.Activity.Job,
        };
    }

    private static MemberStatus Other(MemberStatus status, MemberView view)
    {
        if (!view.Peers.TryGetValue(status.Name, out var peer) || !peer.HeardWithin(view.Group.Timing.SuspectAfter * 2))
        {
            return status;
        }

        return status with
        {
            Reachable = true,
            Healthy = peer.Process == ProcessState.Running && peer.Role switch
            {
                MemberRole.Primary => view.Record?.Primary == status.Name,
                MemberRole.Standby => (view.IsPassive || view.Record?.Primary != status.Name) && peer.Streaming,
                _ => false,
            },
            Role = RoleOf(peer.Data, peer.Role),
            State = StateOf(peer.Data, peer.Process, peer.Job),
            Timeline = peer.Position?.Timeline,
            Lsn = peer.Position?.Lsn.ToString(),
            LagBytes = LagOf(peer.Position, PrimaryPosition(view), peer.Data, peer.Role),
            Job = peer.Job,
        };
    }

    private static (bool Safe, string Why) Safety(MemberView view, ImmutableArray<MemberStatus> members)
    {
        if (view.Record is not { IsBeingBorn: false } record)
        {
            return (false, "the group does not exist yet");
        }

        if (record.Paused)
        {
            return (false, "the group is paused: nothing fails over");
        }

        if (view.IsPassive)
        {
            return members.Count(member => member.Healthy) > 1
                ? (true, $"passive: another standby of this site leads if {record.Primary} is lost")
                : (false, "passive, and no other standby of this site is healthy");
        }

        if (!view.Coordination.Reachable)
        {
            return (false, "coordination is away: commits go on, but nobody can take over");
        }

        if (!record.Sync.Protects)
        {
            return (false, record.Mode == ProtectionMode.Lease
                ? "this store may lose data by its objective"
                : "no synchronous standby: there is one copy only");
        }

        if (!members.Any(member => member.Name == record.Primary && member.Healthy))
        {
            return (false, $"the primary {record.Primary} is not serving");
        }

        var streaming = members.Count(member => record.Sync.Candidates.Contains(member.Name) && member.Healthy);
        return streaming >= record.Sync.ElectionQuorum && streaming >= record.Sync.Acks
            ? (true, $"each commit is on {record.Sync.Acks} of {{{string.Join(", ", record.Sync.Candidates)}}} before it is acknowledged")
            : (false, $"{streaming} of {record.Sync.Candidates.Count} candidates stream, " +
                $"{Math.Max(record.Sync.ElectionQuorum, record.Sync.Acks)} are needed to take over");
    }

    private static LogPosition? PrimaryPosition(MemberView view) =>
        view.IAmPrimary ? view.Engine.Position
        : view.Record is { } record && view.Peers.TryGetValue(record.Primary, out var primary) ? primary.Position
        : null;

    private static long? LagOf(LogPosition? mine, LogPosition? primary, DataState data, MemberRole role) =>
        role == MemberRole.Primary && !HasNoServer(data) ? 0
        : mine is { } position && primary is { } end && position.Timeline == end.Timeline ? (long)end.Lsn.BytesAhead(position.Lsn)
        : null;

    /// <summary>Without data there is no server, and so no role: a member that is being cloned is not a second primary.</summary>
    private static string RoleOf(DataState data, MemberRole role) => role switch
    {
        _ when HasNoServer(data) => "unknown",
        MemberRole.Primary => "primary",
        MemberRole.Standby => "standby",
        _ => "unknown",
    };

    private static bool HasNoServer(DataState data) => data is DataState.Empty or DataState.Incomplete or DataState.Foreign;

    private static string StateOf(DataState data, ProcessState process, string? job) =>
        job is not null ? job.Split(' ')[0]
        : process switch
        {
            ProcessState.Running => "running",
            ProcessState.Starting => "starting",
            ProcessState.Unresponsive => "unresponsive",
            ProcessState.Stopped => data == DataState.Present ? "stopped" : data == DataState.Foreign ? "foreign data" : "no data",
            _ => "unknown",
        };
}
