using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover;

/// <summary>What is in a member's data directory.</summary>
public enum DataState
{
    Unknown,
    /// <summary>Missing or empty: may be initialised or cloned into.</summary>
    Empty,
    /// <summary>An initialisation or clone of Holdfast's own that did not finish; may be wiped.</summary>
    Incomplete,
    /// <summary>A complete data directory of this engine.</summary>
    Present,
    /// <summary>Something that is not ours: other files, another major version, another owner. Never touched.</summary>
    Foreign,
}

/// <summary>Whether a server process runs on the data directory.</summary>
public enum ProcessState
{
    Unknown,
    Stopped,
    /// <summary>There is a process, but it does not answer yet (start-up, crash recovery).</summary>
    Starting,
    Running,
    /// <summary>There is a process that used to answer and does not within the deadline.</summary>
    Unresponsive,
}

/// <summary>Whether the member's server writes or follows.</summary>
public enum MemberRole { Unknown, Primary, Standby }

/// <summary>A standby as the primary's server sees it.</summary>
/// <param name="Member">Replication application name, which is the member's name.</param>
/// <param name="Streaming">False while it is still catching up from its start or backing up.</param>
/// <param name="Flushed">Up to where it says it has flushed.</param>
/// <param name="Counts">True when the server at this moment counts it for synchronous acknowledgement.</param>
public sealed record StandbyView(string Member, bool Streaming, Lsn Flushed, bool Counts);

/// <summary>A process on this host, and no later one that was given the same number.</summary>
/// <param name="StartTicks">Field 22 of <c>/proc/PID/stat</c>: clock ticks from the host's boot to the process's start.</param>
public sealed record MainProcess(int Pid, ulong StartTicks);

/// <summary>One observation of a member's engine: facts only. What could not be learnt is null or Unknown, never a guess.</summary>
public sealed record EngineView
{
    public static readonly EngineView Nothing = new();

    public DataState Data { get; init; }
    /// <summary>Why <see cref="Data"/> is <see cref="DataState.Foreign"/>, with the remedy; shown to the user.</summary>
    public string? DataProblem { get; init; }
    /// <summary>The data here were restored in place, as a whole, under this epoch; 0: they were not, or not yet.</summary>
    public long RestoredIn { get; init; }
    /// <summary>Identifies the store's history since its birth; copies share it.</summary>
    public string? SystemId { get; init; }
    public ProcessState Process { get; init; }
    /// <summary>A stopped server was shut down in good order: nothing in memory was lost.</summary>
    public bool CleanShutdown { get; init; }
    public MemberRole Role { get; init; }
    /// <summary>Primary: flushed by itself. Standby: flushed, once all local WAL has been read since the start. Null: not known yet.</summary>
    public LogPosition? Position { get; init; }
    /// <summary>
    /// Standby that is stopped or starting: its pages were copied from a server that was this far, and the log that is here does not reach it. It
    /// cannot answer before it has received the rest; <see cref="History"/> leads there. Null: not so, or not known.
    /// </summary>
    public LogPosition? Lacks { get; init; }
    /// <summary>Standby: the end of the last whole record that it has applied. A receiver may have flushed part of a further record.</summary>
    public Lsn? Applied { get; init; }
    /// <summary>Standby: everything received so far has been applied, and nothing more was found.</summary>
    public bool ApplyIdle { get; init; }
    /// <summary>Primary only: the end of what has been inserted, flushed or not.</summary>
    public Lsn? Inserted { get; init; }
    /// <summary>The forks that lead to the current timeline, oldest first; the first timeline is not listed.</summary>
    public ImmutableArray<TimelineStart> History { get; init; } = [];
    /// <summary>The member from which this standby is told to stream; null: detached.</summary>
    public string? Upstream { get; init; }
    /// <summary>A receiver process exists (it may still be connecting). Detached is: no upstream and no receiver.</summary>
    public bool Receiving { get; init; }
    /// <summary>A receiver is connected and streaming.</summary>
    public bool Streaming { get; init; }
    /// <summary>The acknowledgement rule that is in the configuration; null: not known.</summary>
    public SyncRule? ConfiguredSync { get; init; }
    /// <summary>What is asked of commits on top of that rule; null: not known.</summary>
    public SyncExtra? ConfiguredExtra { get; init; }
    /// <summary>The rule that every part of the running server has demonstrably taken up; null: not (yet) sure.</summary>
    public SyncRule? EffectiveSync { get; init; }
    /// <summary>Primary only.</summary>
    public ImmutableArray<StandbyView> Standbys { get; init; } = [];
    /// <summary>Ordinary clients may connect.</summary>
    public bool GateOpen { get; init; }
    /// <summary>Names of settings that wait for a restart.</summary>
    public ImmutableArray<string> PendingRestart { get; init; } = [];
    /// <summary>
    /// Names this run of the server, so that facts of an earlier run are not mistaken for this one's: <c>PID:START:BOOT</c>, process id, start time
    /// (field 22 of <c>/proc/PID/stat</c>) and boot id. Null: it does not run.
    /// </summary>
    public string? RunId { get; init; }
    /// <summary>The server's main process, so that a guard can end it without the engine. Null: there is none.</summary>
    public MainProcess? Main { get; init; }
    /// <summary>
    /// Standby: its upstream no longer has the log that it needs; it can never catch up by streaming. While it is fed from where log is archived this is
    /// true only if that lacks it as well.
    /// </summary>
    public bool LogGone { get; init; }
    /// <summary>Standby: the end of what it has received and flushed, by streaming or from where it is archived. Null: not known.</summary>
    public Lsn? Received { get; init; }
    /// <summary>Standby: it may read from the archive what its upstream no longer has.</summary>
    public bool Feeding { get; init; }
    /// <summary>Standby that is fed: neither what is archived nor the upstream has the piece of log that it needs next.</summary>
    public bool ArchiveLacks { get; init; }
    /// <summary>The log that is kept here for other members, by member.</summary>
    public ImmutableArray<SlotView> Slots { get; init; } = [];
    /// <summary>Bytes of log per second over about the last ten: written by a primary, received by a standby. Null: not measured yet.</summary>
    public long? LogRate { get; init; }
    /// <summary>Primary of a store with an archive. Null: none, or not known yet.</summary>
    public ArchiveView? Archive { get; init; }
    /// <summary>The last fault that the engine met (disk full, port taken …) with the remedy, for status. Null: none.</summary>
    public string? Fault { get; init; }
}
