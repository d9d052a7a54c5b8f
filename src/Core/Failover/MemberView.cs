using System.Collections.Immutable;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Failover;

/// <summary>
/// All that one member knows at one moment; the whole input of <see cref="FailoverRules"/>. Durations have been taken on a
/// monotonic clock by the driver, so that the core needs no clock. Unknown is a value: a null is never read as false.
/// </summary>
public sealed record MemberView
{
    public required string Me { get; init; }
    public required GroupSpec Group { get; init; }
    public CoordinationView Coordination { get; init; } = new();
    public EngineView Engine { get; init; } = EngineView.Nothing;
    public MemberMemory Memory { get; init; } = new();
    public ActivityView Activity { get; init; } = new();
    public SuspicionVerdict Suspicion { get; init; } = SuspicionVerdict.Trusting;
    public ImmutableSortedDictionary<string, PeerView> Peers { get; init; } = ImmutableSortedDictionary<string, PeerView>.Empty;

    /// <summary>The global scope and the other site; null: the store has one site.</summary>
    public SiteView? Sites { get; init; }

    public GroupRecord? Record => Coordination.Record;
    /// <summary>The record names this member: primary of an active group, standby leader of a passive one.</summary>
    public bool IAmPrimary => Record?.Primary == Me;
    public bool IsPassive => Record is { Mode: ProtectionMode.Passive };
    /// <summary>My promise for the epoch after the record's.</summary>
    public Promise? MyPromise =>
        Record is { } record && Coordination.Promises.TryGetValue(Me, out var mine) && mine.Epoch == record.Epoch + 1 ? mine : null;
}

/// <summary>The part of the store's specification that decisions depend on.</summary>
public sealed record GroupSpec
{
    public required string Store { get; init; }
    public required string Site { get; init; }
    /// <summary>All members of the group, with their priority; 0: never primary and never a candidate.</summary>
    public required ImmutableSortedDictionary<string, int> Members { get; init; }
    public bool ZeroLoss { get; init; } = true;
    public TimeSpan Rpo { get; init; }
    public UnprotectedPolicy Unprotected { get; init; } = UnprotectedPolicy.Allow;
    public int Acks { get; init; } = 1;
    /// <summary>Complete pieces of the log are kept where a member may be fed from: in an archive, or in backup repositories.</summary>
    public bool HasArchive { get; init; }
    public TimingSpec Timing { get; init; } = new();

    public static GroupSpec From(StoreSpec store, string site) => new()
    {
        Store = store.Name,
        Site = site,
        Members = store.Group(site).ToImmutableSortedDictionary(member => member.Name, member => member.Priority, StringComparer.Ordinal),
        ZeroLoss = store.IsZeroLoss,
        Rpo = store.HostLoss.Rpo,
        Unprotected = store.Unprotected,
        Acks = store.Acknowledgements,
        HasArchive = store.Archive is not null || store.Backup is not null,
        Timing = store.Timing,
    };
}

/// <summary>What is known of the record.</summary>
public enum RecordState
{
    /// <summary>Not read yet since the agent's start.</summary>
    Unknown,
    Absent,
    Present,
    /// <summary>There is something, but it cannot be read, or is of a newer format. Nothing is decided on it.</summary>
    Unreadable,
}

/// <summary>The group's keys in coordination, as last seen, and how fresh that is.</summary>
public sealed record CoordinationView
{
    /// <summary>Coordination answers now; what is here was confirmed lately.</summary>
    public bool Reachable { get; init; }
    /// <summary>Since when it has not answered; zero while reachable.</summary>
    public TimeSpan UnreachableFor { get; init; }
    public RecordState State { get; init; }
    /// <summary>For <see cref="RecordState.Unreadable"/>: where and what.</summary>
    public string? Problem { get; init; }
    public GroupRecord? Record { get; init; }
    /// <summary>The promises that stand, by member.</summary>
    public ImmutableSortedDictionary<string, Promise> Promises { get; init; } = ImmutableSortedDictionary<string, Promise>.Empty;
    /// <summary>
    /// A write of this agent's to the record got no answer: it may yet be done. Also from an agent's start, when the record names its member as
    /// primary, until the record's revision has moved: a write of the incarnation before may be in flight.
    /// </summary>
    public bool RecordInDoubt { get; init; }
    /// <summary>
    /// A promise of this agent's got no answer: it may stand, or yet come to stand. Also from an agent's start, when the record does not name its
    /// member as primary, until a withdrawal has been done or the record's revision has moved.
    /// </summary>
    public bool PromiseInDoubt { get; init; }
    /// <summary>Somebody holds the lease of a primary that may lose data (R6).</summary>
    public bool PrimaryLeaseExists { get; init; }
    public MoveRequest? Request { get; init; }
}

/// <summary>An operator's request, as kept in coordination until it is done or refused.</summary>
/// <param name="Age">Since this agent first saw it.</param>
public sealed record MoveRequest(string Id, RequestKind Kind, string? Target, bool AcceptDataLoss, TimeSpan Age);

public enum RequestKind { Switchover, Failover }

/// <summary>What a member keeps on its disk beside the data.</summary>
public sealed record MemberMemory
{
    /// <summary>Highest epoch of a record that this member has acted under; it never falls.</summary>
    public long Epoch { get; init; }
    /// <summary>This member was the primary of <see cref="Epoch"/>.</summary>
    public bool WasPrimary { get; init; }
    /// <summary>Epoch under which its log was last written or received; set before attaching and before promoting.</summary>
    public long LogEpoch { get; init; }
    /// <summary>A divergence that is being mended (R8).</summary>
    public Divergence? Divergence { get; init; }
    /// <summary>Highest epoch of the site record that this member has seen; it never falls. 0: none yet.</summary>
    public long SiteEpoch { get; init; }
    /// <summary>The active site under <see cref="SiteEpoch"/>.</summary>
    public string? ActiveSite { get; init; }
    /// <summary>
    /// The epoch of a restore in place that this member has begun; 0: none. Set before anything is touched, and 0 again when the record says that it
    /// is done, or when what it replaced is back in its place.
    /// </summary>
    public long Restoring { get; init; }
}

/// <param name="Salvaged">The diverged log has been copied away.</param>
/// <param name="RewindFailed">Rewinding did not work: clone.</param>
/// <param name="Epoch">Of the record by which it was judged; a newer one may have left this member's log earlier.</param>
/// <param name="Requested">
/// Nothing diverged; the data are to be made anew, by an operator's word or because the log is gone. What cannot be
/// salvaged must not stand in the way.
/// </param>
public sealed record Divergence(LogPosition From, bool Salvaged = false, bool RewindFailed = false, long Epoch = 0, bool Requested = false);

/// <summary>What the agent itself is in the middle of, and since when; gone when it restarts.</summary>
public sealed record ActivityView
{
    /// <summary>A long job that runs beside the loop; null: none. While it runs, only fencing may be decided.</summary>
    public string? Job { get; init; }
    /// <summary>The server's access rules and roles have been prepared in this run.</summary>
    public bool AccessPrepared { get; init; }
    /// <summary>How long this member has been asking the candidates to take over; null: it is not.</summary>
    public TimeSpan? HandingOverFor { get; init; }
    /// <summary>The hand-over for this epoch was given up: nobody took over in time.</summary>
    public bool HandOverAbandoned { get; init; }
    /// <summary>
    /// Insert LSN read after the effective rule was seen to be <see cref="BarrierRule"/> (R1). Forgotten with each setting of the rule, and
    /// whenever the effective rule is seen to be another or is not known.
    /// </summary>
    public Lsn? Barrier { get; init; }
    public SyncRule? BarrierRule { get; init; }
    /// <summary>Insert LSN when this run of the server first answered as a primary (R10).</summary>
    public Lsn? AdmissionBarrier { get; init; }
    /// <summary>For each member: since when it has not been streaming from this primary.</summary>
    public ImmutableDictionary<string, TimeSpan> AbsentFor { get; init; } = ImmutableDictionary<string, TimeSpan>.Empty;
    /// <summary>For each streaming member: since when it is behind and has flushed nothing more.</summary>
    public ImmutableDictionary<string, TimeSpan> StuckFor { get; init; } = ImmutableDictionary<string, TimeSpan>.Empty;
    /// <summary>How long the server has been there without answering; zero while it answers.</summary>
    public TimeSpan UnresponsiveFor { get; init; }
    /// <summary>How long this member has been the record's primary without being promoted; zero otherwise.</summary>
    public TimeSpan ElectedFor { get; init; }
    /// <summary>Since when fewer than k candidates have been able to acknowledge.</summary>
    public TimeSpan StalledFor { get; init; }
    /// <summary>Why the restore in place that this member has begun cannot be done; null: nothing is known against it.</summary>
    public string? RestoreFailed { get; init; }
    /// <summary>This agent holds the primary's lease, and its deadline has not passed (R6).</summary>
    public bool LeaseHeld { get; init; }
    /// <summary>How long it has been held without a break; zero while it is not.</summary>
    public TimeSpan LeaseHeldFor { get; init; }
    /// <summary>The deadline of a lease that was held has passed.</summary>
    public bool LeaseExpired { get; init; }
    /// <summary>The checkpoint that prepares this request has been made.</summary>
    public string? CheckpointedFor { get; init; }
    /// <summary>A checkpoint for this request is being made.</summary>
    public string? CheckpointingFor { get; init; }
    /// <summary>How long a promise of this member has stood; zero while none does.</summary>
    public TimeSpan PromisedFor { get; init; }
    /// <summary>How long this agent has looked at an absent record or an unfinished birth.</summary>
    public TimeSpan WaitingForBirth { get; init; }
    /// <summary>How old this member's newest data are against the last sign of life of the primary (R6); null: cannot be said.</summary>
    public TimeSpan? Lag { get; init; }
    /// <summary>After a failed start: not again before this has passed.</summary>
    public bool StartBackoff { get; init; }
    /// <summary>How long the standby leader has not been seen running as a standby; zero: it is, or this is no passive group.</summary>
    public TimeSpan LeaderLostFor { get; init; }
    /// <summary>
    /// How long this standby has been told to follow a member without streaming from it steadily; zero: it does, or is told nothing. Streaming that breaks
    /// off again within a second does not count; nor does the wait for the next piece of log while it is fed.
    /// </summary>
    public TimeSpan AdriftFor { get; init; }
    /// <summary>How long the primary has been seen alive again while a promise stands.</summary>
    public TimeSpan PrimaryAliveFor { get; init; }
}

/// <summary>A peer as its heartbeats tell.</summary>
public sealed record PeerView
{
    /// <summary>Since its last heartbeat; null: never heard.</summary>
    public TimeSpan? SilentFor { get; init; }
    public long Epoch { get; init; }
    public DataState Data { get; init; }
    public ProcessState Process { get; init; }
    public MemberRole Role { get; init; }
    public LogPosition? Position { get; init; }
    public long LogEpoch { get; init; }
    public bool Streaming { get; init; }
    public long SuspectsEpoch { get; init; }
    public long HandsOverEpoch { get; init; }
    /// <summary>Its server was shut down in good order, so nothing is missing from <see cref="Position"/>.</summary>
    public bool CleanShutdown { get; init; }
    public string? Job { get; init; }

    public bool HeardWithin(TimeSpan limit) => SilentFor is { } silence && silence < limit;
}
