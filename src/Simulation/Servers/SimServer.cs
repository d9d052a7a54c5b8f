using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Simulation.Sites;

namespace Holdfast.Simulation.Servers;

/// <summary>A server with a log that behaves as PostgreSQL's does: timelines, walsenders that take up settings late, receivers, promotion.</summary>
internal sealed partial class SimServer(World world, SimSite site, string name)
{
    private readonly List<LogEntry> _log = [];
    private readonly List<TimelineStart> _history = [];
    private int _partial;
    private int _applied;
    private bool _recovered;
    private bool _stopping;
    private bool _clean;

    public string Name => name;
    public SimSite Site => site;
    public DataState Data { get; private set; } = DataState.Empty;
    public string? SystemId { get; private set; }
    public ProcessState Process { get; private set; } = ProcessState.Stopped;
    public MemberRole Role { get; private set; }
    public uint Timeline { get; private set; }
    public bool GateOpen { get; private set; }
    /// <summary>Rises with each start and end, so that what belongs to an earlier run does not happen in a later one.</summary>
    public int Run { get; private set; }
    /// <summary>Epoch under which it became primary; for the oath only.</summary>
    public long PrimaryEpoch { get; private set; }
    public IReadOnlyList<LogEntry> Log => _log;
    public HashSet<LogEntry> Salvaged { get; } = [];
    /// <summary>The main process has ended.</summary>
    public event Action? Exited;
    /// <summary>Nothing can be written: it cannot run.</summary>
    public bool DiskIsFull { get; set; }
    public bool RunsAsPrimary => Process == ProcessState.Running && Role == MemberRole.Primary;

    public Lsn End => new((ulong)_log.Count * LogEntry.Bytes);
    /// <summary>Its pages are of this entry; null: nothing that its own log would not reach.</summary>
    private LogEntry? _needs;
    /// <summary>It cannot answer before it has received the rest.</summary>
    private bool Lacks => _needs is { } needs && !Has(needs);
    private Lsn Flushed => new(((ulong)_log.Count * LogEntry.Bytes) + (ulong)_partial);

    public bool Has(LogEntry entry) => entry.Index < _log.Count && _log[entry.Index] == entry;

    public EngineView Observe() => new()
    {
        Data = Data,
        SystemId = Data == DataState.Present ? SystemId : null,
        Process = Process,
        Role = Data == DataState.Present ? Role : MemberRole.Unknown,
        CleanShutdown = Process == ProcessState.Stopped && _clean,
        Lacks = Process != ProcessState.Running && Lacks ? new LogPosition(Timeline, _needs!.End) : null,
        Position = (Process == ProcessState.Running && _recovered) || (world.HasTwoSites && Process == ProcessState.Stopped && _clean && !Lacks)
            ? new LogPosition(Timeline, Flushed)
            : null,
        Applied = Process == ProcessState.Running && Role == MemberRole.Standby ? new Lsn((ulong)_applied * LogEntry.Bytes) : null,
        ApplyIdle = _recovered && _applied == _log.Count,
        Inserted = RunsAsPrimary ? End : null,
        History = [.. _history],
        Upstream = Upstream,
        Receiving = Receiving,
        Streaming = _connection is not null,
        ConfiguredSync = Configured,
        EffectiveSync = RunsAsPrimary && Effective() ? Configured : null,
        Standbys = [.. _senders.Values.Select(sender => new StandbyView(sender.Member, true, sender.Flushed, sender.Rule.Candidates.Contains(sender.Member)))],
        GateOpen = GateOpen,
        RunId = Process == ProcessState.Stopped ? null : $"{Run}",
        Main = Process == ProcessState.Stopped ? null : new MainProcess(Run, (ulong)Run),
        Fault = DiskIsFull ? $"{name}: no space left on device" : null,
    };

    public void Initialise()
    {
        Data = DataState.Present;
        SystemId = $"S{name}{world.Now}";
        Timeline = 1;
        Role = MemberRole.Primary;
        _log.Add(new LogEntry(null, 1, false));
    }

    /// <summary>For the beginning of a run: a copy of another server that is complete.</summary>
    public void CopyFrom(SimServer other, MemberRole role)
    {
        Data = DataState.Present;
        SystemId = other.SystemId;
        Timeline = other.Timeline;
        Role = role;
        PrimaryEpoch = 0;
        _partial = 0;
        _needs = other._needs;
        _log.Clear();
        _log.AddRange(other._log);
        _history.Clear();
        _history.AddRange(other._history);
    }

    public void Start(MemberRole role, SyncRule sync, bool gateOpen, string? upstream, long epoch)
    {
        if (Process != ProcessState.Stopped || Data != DataState.Present || DiskIsFull)
        {
            return;
        }

        Run++;
        _clean = false;
        Process = ProcessState.Starting;
        Role = role;
        Configured = Backends = sync;
        Upstream = role == MemberRole.Standby ? upstream : null; // It is in the configuration that it starts with.
        GateOpen = gateOpen;
        _applied = 0;
        _recovered = _stopping = false;
        _senders.Clear();
        _waiting.Clear();
        var run = Run;
        world.After(world.Between(10, 60), name, () =>
        {
            if (Run == run && Lacks)
            {
                Reattach();
            }
            else if (Run == run)
            {
                Process = ProcessState.Running;
                if (role == MemberRole.Primary)
                {
                    _partial = 0;
                    Append(false);
                    PrimaryEpoch = Math.Max(PrimaryEpoch, epoch);
                    _recovered = true;
                    _applied = _log.Count;
                }
                else
                {
                    world.After(world.Between(5, 60), name, () => Recover(run));
                    Reattach();
                }
            }
        });
    }

    public void Kill()
    {
        if (Process == ProcessState.Stopped)
        {
            return;
        }

        Run++;
        Process = ProcessState.Stopped;
        _connection = null;
        Upstream = null;
        Receiving = _recovered = false;
        _senders.Clear();
        world.Oath.InDoubt(this, _waiting.Count);
        _waiting.Clear();
        world.After(world.Between(0, 4), name, () => Exited?.Invoke());
    }

    /// <summary>Lets nobody in, sends everything to those who are connected, waits for them for a while, and ends.</summary>
    public void StopInGoodOrder(Action done)
    {
        if (Process != ProcessState.Running || Role != MemberRole.Primary)
        {
            Kill();
            done();
            return;
        }

        _stopping = true;
        Append(false);
        WaitForStandbys(Run, world.Now + 400, done);
    }

    public void SetGate(bool open) => GateOpen = open;

    public void Promote(long epoch, Action done)
    {
        var run = Run;
        world.After(world.Between(10, 80), name, () =>
        {
            if (Run == run && Process == ProcessState.Running && Role == MemberRole.Standby)
            {
                _partial = 0;
                _history.Add(new TimelineStart(Timeline + 1, End));
                Timeline++;
                Role = MemberRole.Primary;
                PrimaryEpoch = epoch;
                _recovered = true;
                _applied = _log.Count;
                Upstream = null;
                Receiving = false;
                _connection = null;
                Append(false);
                _applied = _log.Count;
                world.Note(name, $"is primary of epoch {epoch} on timeline {Timeline} from {_history[^1].Fork}");
                world.Oath.Promoted(this);
            }

            done();
        });
    }

    private void WaitForStandbys(int run, long until, Action done)
    {
        if (Run != run)
        {
            done();
            return;
        }

        if (world.Now >= until || _senders.Values.All(sender => sender.Flushed >= End))
        {
            Kill();
            _clean = true;
            done();
            return;
        }

        world.After(10, name, () => WaitForStandbys(run, until, done));
    }

    private void Recover(int run)
    {
        if (Run == run)
        {
            _recovered = true;
            _applied = _log.Count;
        }
    }

    /// <summary>The newest row of the ledger that this log has: its epoch and the clock in it; null: none.</summary>
    public (long Epoch, long Clock)? LedgerRow => _recovered && _log.Count > 0 ? _log[Math.Max(0, _applied - 1)].LedgerRow : null;

    /// <summary>Writes a row of the ledger. False: it does not write.</summary>
    public bool WriteLedger(long epoch, long clock)
    {
        if (!RunsAsPrimary || _stopping || DiskIsFull)
        {
            return false;
        }

        Append(false, (epoch, clock));
        _applied = _log.Count;
        return true;
    }

    private LogEntry Append(bool isCommit, (long Epoch, long Clock)? row = null)
    {
        var entry = new LogEntry(_log.Count == 0 ? null : _log[^1], Timeline, isCommit, row);
        _log.Add(entry);
        return entry;
    }
}
