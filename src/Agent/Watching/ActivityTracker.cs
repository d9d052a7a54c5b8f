using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Watching;

/// <summary>Turns successive observations into "since when": the part of a view that one look cannot give.</summary>
/// <param name="longestRest">A server that ends again and again before it has answered is started no more often than this; null: eight seconds.</param>
public sealed class ActivityTracker(TimeProvider time, TimeSpan? longestRest = null)
{
    private readonly Dictionary<string, Since> _absent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Lsn Flushed, Since Stuck)> _stuck = new(StringComparer.Ordinal);
    private readonly Since _stalled = new(time);
    private readonly Since _birth = new(time);
    private readonly Since _unresponsive = new(time);
    private readonly Since _elected = new(time);
    private readonly Since _streaming = new(time);
    private readonly Since _adrift = new(time);
    private readonly Since _betweenPieces = new(time);
    private readonly Since _promised = new(time);
    private readonly Since _handingOver = new(time);
    private readonly Since _backoff = new(time);
    private readonly TimeSpan _longestRest = longestRest ?? TimeSpan.FromSeconds(8);
    /// <summary>A connection that its source refuses at once is seen open now and then, tenths of a second apart; one that serves stays.</summary>
    private static readonly TimeSpan StreamsSteadily = TimeSpan.FromSeconds(1);
    /// <summary>A standby that is fed has nothing to apply until the next piece has come, from far away perhaps.</summary>
    private static readonly TimeSpan LongestForPiece = TimeSpan.FromSeconds(30);
    private Lsn? _applied;
    private bool _startPending;
    private int _startsInVain;
    private string? _run;
    private string? _asPrimaryRun;
    private SyncRule? _seenEffective;
    private Lsn? _barrier;
    private SyncRule? _barrierRule;
    private Lsn? _admission;
    private bool _abandoned;
    private string? _abandonedDuring;
    private TimeSpan _backoffFor;
    private string? _checkpointedFor;
    private string? _checkpointingFor;
    private string? _requestId;
    private long _requestSeen;

    /// <summary>The roles and rights have been prepared in this run of the agent.</summary>
    public bool AccessPrepared { get; set; }

    /// <summary>Why the restore in place that this member makes cannot be done; null: nothing is known against it.</summary>
    public string? RestoreFailed { get; set; }

    /// <summary>A promise of this member stands, or does not.</summary>
    public void Promised(bool stands) => _promised.Update(stands);

    /// <summary>A checkpoint for this request has been made.</summary>
    public void Checkpointed(string requestId) => Volatile.Write(ref _checkpointedFor, requestId);

    /// <summary>A checkpoint for this request is being made; null: none is.</summary>
    public void Checkpointing(string? requestId) => Volatile.Write(ref _checkpointingFor, requestId);

    /// <summary>This primary asks its candidates to take over, or does not any more.</summary>
    public void HandingOver(bool doing) => _handingOver.Update(doing);

    /// <summary>The server has been started.</summary>
    public void Started() => _startPending = true;

    /// <summary>The server is stopped on purpose: that it ends says nothing about its start.</summary>
    public void Stopping() => _startPending = false;

    /// <summary>Not again before this has passed.</summary>
    public void BackOff(TimeSpan duration)
    {
        _backoff.Update(false);
        _backoff.Update(true);
        _backoffFor = duration;
        _handingOver.Update(false);
        _abandoned = false;
    }

    /// <summary>The rule is about to be set: what was seen of it before proves nothing any more.</summary>
    public void ForgetBarrier() => (_seenEffective, _barrier, _barrierRule) = (null, null, null);

    public TimeSpan AgeOf(string requestId)
    {
        if (_requestId != requestId)
        {
            (_requestId, _requestSeen) = (requestId, time.GetTimestamp());
        }

        return time.GetElapsedTime(_requestSeen);
    }

    /// <summary>Takes in one look at the engine; the result is complete but for what only the agent knows (job, lease).</summary>
    /// <param name="request">The request for a move that stands now; null: none.</param>
    public ActivityView Observe(EngineView engine, GroupRecord? record, RecordState state, string me, TimeSpan handOverLimit, string? request)
    {
        NoteRun(engine);
        NoteStart(engine);
        NoteStandbys(engine, record, me);
        NoteBarrier(engine);
        _unresponsive.Update(engine.Process == ProcessState.Unresponsive);
        _elected.Update(record is { IsBeingBorn: false, Mode: not ProtectionMode.Passive } && record.Primary == me && engine.Role == MemberRole.Standby);
        var follows = engine is { Process: ProcessState.Running, Role: MemberRole.Standby, Upstream: not null };
        _streaming.Update(follows && engine.Streaming);
        NoteFeeding(engine, follows);
        _adrift.Update(
            follows && !(engine.Streaming && (!_adrift.Holds || _streaming.Elapsed >= StreamsSteadily)) &&
            !(_betweenPieces.Holds && _betweenPieces.Elapsed < LongestForPiece));
        _birth.Update(state == RecordState.Absent || record is { IsBeingBorn: true });
        if (record?.Primary != me || (engine.HasProcess() && engine.Role == MemberRole.Primary))
        {
            _handingOver.Update(false);
        }

        NoteAbandoned(engine, handOverLimit, request);
        if (_backoff.Elapsed >= _backoffFor)
        {
            _backoff.Update(false);
        }

        return new ActivityView
        {
            RestoreFailed = RestoreFailed,
            AccessPrepared = AccessPrepared,
            HandingOverFor = _handingOver.ElapsedOrNull,
            HandOverAbandoned = _abandoned,
            Barrier = _barrier,
            BarrierRule = _barrierRule,
            AdmissionBarrier = _admission,
            AbsentFor = _absent.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Elapsed, StringComparer.Ordinal),
            StuckFor = _stuck.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Stuck.Elapsed, StringComparer.Ordinal),
            StalledFor = _stalled.Elapsed,
            UnresponsiveFor = _unresponsive.Elapsed,
            ElectedFor = _elected.Elapsed,
            AdriftFor = _adrift.Elapsed,
            PromisedFor = _promised.Elapsed,
            CheckpointingFor = Volatile.Read(ref _checkpointingFor),
            CheckpointedFor = Volatile.Read(ref _checkpointedFor),
            WaitingForBirth = _birth.Elapsed,
            StartBackoff = _backoff.Holds,
        };
    }

    /// <summary>The first end before an answer may be by chance, so it is started again at once; then ever more seldom.</summary>
    private void NoteStart(EngineView engine)
    {
        if (engine.Process == ProcessState.Running)
        {
            (_startPending, _startsInVain) = (false, 0);
        }
        else if (engine.Process == ProcessState.Stopped && _startPending)
        {
            _startPending = false;
            if (++_startsInVain > 1)
            {
                var rest = TimeSpan.FromSeconds(Math.Min(1 << Math.Min(_startsInVain - 2, 10), _longestRest.TotalSeconds));
                BackOff(rest);
            }
        }
    }

    /// <summary>What was given up concerns the request of that time: a later one finds this primary as ready as any.</summary>
    private void NoteAbandoned(EngineView engine, TimeSpan handOverLimit, string? request)
    {
        if (!_abandoned && _handingOver.Elapsed >= handOverLimit)
        {
            (_abandoned, _abandonedDuring) = (true, request);
        }
        else if (_abandoned && engine is { Process: ProcessState.Running, Role: MemberRole.Primary } && (request is null || request != _abandonedDuring))
        {
            _abandoned = false;
        }
    }

    private void NoteFeeding(EngineView engine, bool follows)
    {
        if (engine.Applied != _applied)
        {
            _applied = engine.Applied;
            _betweenPieces.Update(false);
        }

        _betweenPieces.Update(follows && engine.Feeding);
    }

    private void NoteRun(EngineView engine)
    {
        if (engine.Process == ProcessState.Stopped)
        {
            if (_asPrimaryRun is not null)
            {
                _abandoned = false; // A new end of the server is a new reason to ask the candidates.
            }

            _asPrimaryRun = null;
            _admission = null;
        }
        else if (engine is { Process: ProcessState.Running, Role: MemberRole.Primary, Inserted: { } inserted } && _asPrimaryRun != engine.RunId)
        {
            (_asPrimaryRun, _admission) = (engine.RunId, inserted);
        }

        if (engine.RunId != _run)
        {
            _run = engine.RunId;
            _seenEffective = null;
            _absent.Clear();
            _stuck.Clear();
        }
    }

    private void NoteStandbys(EngineView engine, GroupRecord? record, string me)
    {
        if (record?.Primary != me || engine is not { Process: ProcessState.Running, Role: MemberRole.Primary })
        {
            _absent.Clear();
            _stuck.Clear();
            _stalled.Update(false);
            return;
        }

        foreach (var name in record.Sync.Candidates)
        {
            Entry(_absent, name).Update(!engine.Standbys.Any(standby => standby.Member == name && standby.Streaming));
        }

        foreach (var gone in _absent.Keys.Where(name => !record.Sync.Candidates.Contains(name)).ToArray())
        {
            _absent.Remove(gone);
        }

        foreach (var standby in engine.Standbys)
        {
            var (flushed, stuck) = _stuck.GetValueOrDefault(standby.Member, (Lsn.Zero, new Since(time)));
            stuck.Update(standby.Flushed <= flushed && engine.Inserted > standby.Flushed && engine.Position?.Lsn > standby.Flushed);
            _stuck[standby.Member] = (standby.Flushed, stuck);
        }

        var able = engine.Standbys.Count(standby =>
            record.Sync.Candidates.Contains(standby.Member) && standby.Streaming && !_stuck[standby.Member].Stuck.Holds);
        _stalled.Update(record.Sync.Protects && able < record.Sync.Acks);
    }

    /// <summary>
    /// R1 wants the insert LSN as it was after the change had taken effect: so it is taken from the look after the one that first saw the effect.
    /// </summary>
    private void NoteBarrier(EngineView engine)
    {
        if (engine.EffectiveSync is null || engine.EffectiveSync != _seenEffective)
        {
            _seenEffective = engine.EffectiveSync;
            _barrier = null;
            _barrierRule = null;
        }
        else if (_barrier is null)
        {
            (_barrier, _barrierRule) = (engine.Inserted, engine.EffectiveSync);
        }
    }

    private Since Entry(Dictionary<string, Since> map, string name)
    {
        if (!map.TryGetValue(name, out var since))
        {
            map[name] = since = new Since(time);
        }

        return since;
    }
}
