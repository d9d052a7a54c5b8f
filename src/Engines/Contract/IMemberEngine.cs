using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.Loss;

namespace Holdfast.Engines;

/// <summary>How to stop a server.</summary>
public enum StopMode
{
    /// <summary>In good order: sessions are ended, everything is flushed and sent to the connected standbys.</summary>
    Fast,
    /// <summary>At once, without flushing: the next start recovers. Used for fencing.</summary>
    Immediate,
}

/// <summary>How a server is to come up.</summary>
/// <param name="Role">Primary, or Standby, which comes up detached: it attaches only when told to.</param>
/// <param name="Sync">The acknowledgement rule that is in force from the first moment.</param>
/// <param name="GateOpen">False: ordinary clients are refused until <see cref="IMemberEngine.SetGateAsync"/>.</param>
/// <param name="Upstream">Standby only: stream from this member from the start; null: come up detached.</param>
public sealed record StartSpec(MemberRole Role, SyncRule Sync, bool GateOpen, string? Upstream = null);

/// <summary>How far a long job is.</summary>
/// <param name="What">A short phrase for people: "cloning from orders-fra-2".</param>
/// <param name="Done">Bytes done; null when not known.</param>
/// <param name="Total">Bytes in all; null when not known.</param>
public sealed record JobProgress(string What, long? Done = null, long? Total = null);

/// <summary>What a salvage kept.</summary>
/// <param name="Directory">Where the diverged log is kept; null: nothing had diverged.</param>
/// <param name="From">Where the divergence begins.</param>
/// <param name="To">Where the member's own log ended.</param>
/// <param name="Bytes">Size of what was copied.</param>
public sealed record SalvageReport(string? Directory, LogPosition From, LogPosition To, long Bytes);

/// <summary>
/// One member's server as the agent drives it. Facts come from <see cref="ObserveAsync"/> and <see cref="Exited"/>; each other call
/// changes one thing, is idempotent, honours its cancellation token as a deadline and, when it returns, has taken effect.
/// Expected outcomes are values or an <see cref="EngineException"/> whose message says what is wrong and the remedy.
/// Calls are never made concurrently, except <see cref="ObserveAsync"/> and <see cref="StopAsync"/> with <see cref="StopMode.Immediate"/>.
/// </summary>
public interface IMemberEngine : IAsyncDisposable, ILossRecorder
{
    /// <summary>Looks. Never throws for a fault of the server; what cannot be learnt stays unknown. Bounded by 1 s by itself.</summary>
    Task<EngineView> ObserveAsync(CancellationToken cancellationToken);

    /// <summary>Raised within milliseconds, on any thread, when the server's main process has ended, whoever ended it.</summary>
    event Action? Exited;

    /// <summary>Names of the passwords that this engine needs, one per role of least privilege; the same for all members of a store.</summary>
    ImmutableArray<string> CredentialNames { get; }

    /// <summary>Hands over the passwords. Called before anything but <see cref="ObserveAsync"/>.</summary>
    void UseCredentials(ImmutableDictionary<string, Secret> credentials);

    /// <summary>Creates a new data directory (R0). A marker makes an interrupted run recognisable (<see cref="DataState.Incomplete"/>).</summary>
    Task InitialiseAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken);

    /// <summary>After the first start as a primary, or on adoption: roles, passwords and rights that replication needs. Idempotent.</summary>
    Task PrepareAccessAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Replaces whatever Holdfast may replace in the data directory by a copy of the upstream's. Salvage comes first, by the caller.
    /// </summary>
    Task CloneAsync(string upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken);

    /// <summary>Takes the stopped member back to the point where it can follow the upstream, which must run as a primary.</summary>
    /// <param name="divergedFrom">
    /// Where the lineage says that it left the history: a tool that finds a later fork, or none, is not to be trusted.
    /// </param>
    /// <exception cref="EngineException">Cannot be done; clone instead.</exception>
    Task RewindAsync(string upstream, LogPosition divergedFrom, IProgress<JobProgress> progress, CancellationToken cancellationToken);

    /// <summary>Copies the log from <paramref name="from"/> to its end, with a manifest, before a rewind or clone destroys it (R8).</summary>
    Task<SalvageReport> SalvageAsync(LogPosition from, CancellationToken cancellationToken);

    /// <summary>Starts the server detached from the agent. Returns once the main process exists; recovery may go on.</summary>
    Task StartAsync(StartSpec spec, CancellationToken cancellationToken);

    /// <summary>Stops the server; when it returns no process of it is left. Fast falls back to immediate when the token's deadline nears.</summary>
    Task StopAsync(StopMode mode, CancellationToken cancellationToken);

    /// <summary>Re-points a running standby to another member, without restart. It ends a feeding (<see cref="FeedAsync"/>), without a break.</summary>
    Task AttachAsync(string upstream, CancellationToken cancellationToken);

    /// <summary>
    /// Attaches a running standby to a member that no longer has all the log it needs, and lets it read the missing part from where the store's
    /// log is archived, as far as the upstream's own history goes. It goes on (<see cref="EngineView.Feeding"/>) until
    /// <see cref="AttachAsync"/>, which is to follow once it streams, or <see cref="DetachAsync"/>. If that has not got the log
    /// either, <see cref="EngineView.ArchiveLacks"/> says so.
    /// </summary>
    /// <exception cref="EngineException">The store's log is archived nowhere, or the upstream does not answer.</exception>
    Task FeedAsync(string upstream, CancellationToken cancellationToken);

    /// <summary>
    /// Stops receiving for good; when it returns no receiver is left, nothing more will be acknowledged to anybody (R2), and nothing more is read
    /// from the archive.
    /// </summary>
    Task DetachAsync(CancellationToken cancellationToken);

    /// <summary>Makes a standby a primary; returns when it accepts writes. The rule for acknowledging must have been set before (R3).</summary>
    Task PromoteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Sets the acknowledgement rule. It may return before every part of the server has it: watch <see cref="EngineView.EffectiveSync"/>.
    /// </summary>
    Task SetSyncAsync(SyncRule rule, CancellationToken cancellationToken);

    /// <summary>Sets what is asked of commits on top of the rule (<see cref="EngineView.ConfiguredExtra"/>). A start begins without.</summary>
    Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken);

    /// <summary>Lets ordinary clients in, or keeps them out and ends those that are in, except who waits for a standby: what is not acknowledged must not be
    /// shown by that.</summary>
    Task SetGateAsync(bool open, CancellationToken cancellationToken);

    /// <summary>
    /// Makes sure that the log is kept for exactly these members, up to the stated bound, on a primary or a running standby. A standby keeps it so
    /// that after a promotion or a change of upstream nobody finds it gone; whoever calls this there calls <see cref="FollowSlotsAsync"/> too.
    /// </summary>
    Task KeepLogForAsync(ImmutableArray<string> members, CancellationToken cancellationToken);

    /// <summary>
    /// Lets go of log that members which do not use it here have got elsewhere. Cheap; to be called about once a second on every running server.
    /// </summary>
    /// <param name="flushed">
    /// Up to where each member is known to have flushed, on this server's own history: leave out who has diverged, or may have.
    /// </param>
    Task FollowSlotsAsync(ImmutableDictionary<string, Lsn> flushed, CancellationToken cancellationToken);

    /// <summary>Flushes dirty pages now, so that a stop or a rewind soon after is short.</summary>
    Task CheckpointAsync(CancellationToken cancellationToken);

    /// <summary>Commits something through the ordinary path and returns once it is acknowledged under the present rule.</summary>
    Task ProbeCommitAsync(CancellationToken cancellationToken);

    /// <summary>Asks another member's server, through the network, whether it answers (R7). False: it does not, within the deadline.</summary>
    Task<bool> ProbePeerAsync(string member, CancellationToken cancellationToken);

    /// <summary>Takes up changed settings; those that need a restart show in <see cref="EngineView.PendingRestart"/>.</summary>
    Task ConfigureAsync(CancellationToken cancellationToken);
}

/// <summary>A fault at the engine's edge, with a message for people: what, where, remedy.</summary>
public sealed class EngineException : Exception
{
    public EngineException(string message) : base(message) { }
    public EngineException(string message, Exception innerException) : base(message, innerException) { }
    public EngineException() { }
    /// <summary>The same may work later, and nothing was changed: a connection refused, say.</summary>
    public bool IsPassing { get; init; }
}
