using System.Collections.Immutable;
using Holdfast.Agent.Api.Loss;
using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Api;

/// <summary>What the HTTP API needs of the agent. Reading never blocks; changing calls return when the request has been taken or refused.</summary>
public interface IAgentControl
{
    SystemSpec System { get; }
    StoreSpec Store { get; }
    MemberSpec Member { get; }

    /// <summary>The newest picture; replaced as a whole.</summary>
    GroupStatus Status { get; }

    /// <summary>The main loop and its threads make progress (for <c>/liveness</c>).</summary>
    bool IsLive { get; }

    /// <summary>
    /// Writes a switchover or failover request for the group; the members act on it. The returned id is for <see cref="RequestState"/>.
    /// </summary>
    Task<CommandResult> RequestMoveAsync(MoveKind kind, string? target, bool acceptDataLoss, CancellationToken cancellationToken);

    /// <summary>How far a request is; null: not known (any more).</summary>
    Task<MoveProgress?> RequestState(string id, CancellationToken cancellationToken);

    /// <summary>Writes a move of the store to another site into the global scope. Refused for a store with one site.</summary>
    Task<CommandResult> RequestSiteMoveAsync(SiteMoveRequest request, CancellationToken cancellationToken);

    /// <summary>Moves between sites, newest first; empty for a store with one site.</summary>
    Task<ImmutableArray<SiteMoveStatus>> SiteMovesAsync(CancellationToken cancellationToken);

    Task<CommandResult> SetPausedAsync(bool paused, CancellationToken cancellationToken);

    /// <summary>Wipes this member's data (after salvage) and clones it anew. Refused on the primary.</summary>
    Task<CommandResult> ReinitialiseAsync(CancellationToken cancellationToken);

    /// <summary>Restarts this member's server. <paramref name="onlyIfPending"/>: only when a setting waits for it.</summary>
    Task<CommandResult> RestartServerAsync(bool onlyIfPending, CancellationToken cancellationToken);

    /// <summary>Changes of primary, newest first.</summary>
    Task<ImmutableArray<HistoryEntry>> HistoryAsync(CancellationToken cancellationToken);

    /// <summary>Where clients may be sent, for those who wait for it to change.</summary>
    ServingBoard Serving { get; }

    /// <summary>What this member had, as a deposed primary, that the present one lacks.</summary>
    ILossSource Losses { get; }

    /// <summary>Backups of this member's group; null: none are declared.</summary>
    IBackupDesk? Backups => null;

    /// <summary>Restores of this member's group in place; null: no repository is declared.</summary>
    IRestoreDesk? Restores => null;

    /// <summary>Test restores of this member's group; null: no backups are declared.</summary>
    IRestoreTestDesk? RestoreTests => null;
}

public enum MoveKind { Switchover, Failover }

/// <param name="Accepted">False: refused, and <paramref name="Message"/> says why and what would help.</param>
/// <param name="Id">Of the request, when there is something to follow.</param>
public sealed record CommandResult(bool Accepted, string Message, string? Id = null);

/// <param name="State">pending, done, refused or failed.</param>
public sealed record MoveProgress(string Id, MoveKind Kind, string? Target, string State, string Message);

/// <summary>The group as one member sees it; the body of <c>GET /v1/status</c> and of <c>holdfast status --json</c>.</summary>
public sealed record GroupStatus
{
    public required string System { get; init; }
    public required string Store { get; init; }
    public required string Site { get; init; }
    /// <summary>Who says this.</summary>
    public required string Member { get; init; }
    public long Epoch { get; init; }
    public string? Primary { get; init; }
    /// <summary>
    /// <c>zero-loss</c>, <c>unprotected</c>, <c>lease</c> or <c>passive</c> (then <see cref="Primary"/> is the standby leader); <c>unknown</c> before
    /// there is a record.
    /// </summary>
    public string Mode { get; init; } = "unknown";
    /// <summary>Since when (UTC) the group runs with one copy only; null: it does not.</summary>
    public DateTimeOffset? UnprotectedSince { get; init; }
    public ImmutableArray<string> Candidates { get; init; } = [];
    public int Acks { get; init; }
    public bool Paused { get; init; }
    public bool CoordinationReachable { get; init; }
    public string? CoordinationProblem { get; init; }
    /// <summary>A host can be lost now without losing a commit or the service.</summary>
    public bool SafeToLoseHost { get; init; }
    /// <summary>Why it is (not) safe, in one clause.</summary>
    public string Safety { get; init; } = "";
    /// <summary>Rule and reason of this member's newest decision.</summary>
    public string? Rule { get; init; }
    public string? Reason { get; init; }
    /// <summary>On the primary: why it cannot say that nobody has taken over from it; null: it can, or is not the primary.</summary>
    public string? Doubt { get; init; }
    /// <summary>Null: the store has one site.</summary>
    public SiteStatus? Sites { get; init; }
    /// <summary>Null: no backups are declared.</summary>
    public BackupHealth? Backup { get; init; }
    /// <summary>Sorted by name; all members of the group, also those that are not heard.</summary>
    public ImmutableArray<MemberStatus> Members { get; init; } = [];
}

/// <summary>One member in <see cref="GroupStatus"/>.</summary>
public sealed record MemberStatus
{
    public required string Name { get; init; }
    public required string Address { get; init; }
    public required string Agent { get; init; }
    /// <summary>The agent has been heard lately.</summary>
    public bool Reachable { get; init; }
    /// <summary>Serving as it should: the primary with its gate open, or a standby that streams.</summary>
    public bool Healthy { get; init; }
    /// <summary>primary, standby or unknown.</summary>
    public string Role { get; init; } = "unknown";
    /// <summary>running, starting, stopped, cloning …: one word for people.</summary>
    public string State { get; init; } = "unknown";
    public uint? Timeline { get; init; }
    public string? Lsn { get; init; }
    /// <summary>Bytes behind the primary; null: not known.</summary>
    public long? LagBytes { get; init; }
    public bool Candidate { get; init; }
    public ImmutableArray<string> PendingRestart { get; init; } = [];
    /// <summary>What is wrong, with the remedy; null: nothing.</summary>
    public string? Fault { get; init; }
    /// <summary>What it is busy with, with progress; null: nothing.</summary>
    public string? Job { get; init; }
}

/// <summary>One change of primary, as kept in coordination under <c>history/&lt;epoch&gt;</c>.</summary>
public sealed record HistoryEntry
{
    public long Epoch { get; init; }
    /// <summary>UTC, for people.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>birth, failover, switchover, forced or site-move.</summary>
    public string Kind { get; init; } = "";
    public string? From { get; init; }
    public string To { get; init; } = "";
    public string Rule { get; init; } = "";
    public string Reason { get; init; } = "";
    public string? PromisedLsn { get; init; }
    public uint? Timeline { get; init; }
    public string? ForkLsn { get; init; }
    /// <summary>Milliseconds from the last sign of life (or the request's write pause) to each step; null: not measured.</summary>
    public double? DetectedMs { get; init; }
    public double? PromisedMs { get; init; }
    public double? ElectedMs { get; init; }
    public double? PromotedMs { get; init; }
    public double? FirstCommitMs { get; init; }
}
