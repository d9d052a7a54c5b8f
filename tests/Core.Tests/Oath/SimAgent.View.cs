using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>The view that an agent hands to the rules.</summary>
internal sealed partial class SimAgent
{
    private MemberView View()
    {
        var engine = Server.Observe();
        var record = Picture?.Record;
        var coordination = Coordination();
        Follow(engine, record);
        var view = new MemberView
        {
            Me = name,
            Group = site.Group,
            Coordination = coordination,
            Engine = engine,
            Memory = Memory,
            Activity = Activity(engine, record),
            Suspicion = Suspicion(record),
            Peers = _heard.ToImmutableSortedDictionary(
                pair => pair.Key, pair => pair.Value.Said with { SilentFor = Since(pair.Value.At) }, StringComparer.Ordinal),
        };
        return WithSites(view);
    }

    private CoordinationView Coordination()
    {
        MoveRequest? request = null;
        if (Picture?.Request is { } asked)
        {
            _request = _request?.Id == asked.Id ? _request : (asked.Id, world.Now);
            request = new MoveRequest(asked.Id, asked.Kind, asked.Target, false, Since(_request!.Value.At));
        }

        return new CoordinationView
        {
            Reachable = Local.Connected,
            UnreachableFor = Local.Connected ? TimeSpan.Zero : Since(Local.LastContact),
            State = Picture is null ? RecordState.Unknown : Picture.Record is null ? RecordState.Absent : RecordState.Present,
            Record = Picture?.Record,
            Promises = Picture?.Promises ?? ImmutableSortedDictionary<string, Promise>.Empty,
            RecordInDoubt = _recordInDoubt,
            PromiseInDoubt = _promiseDoubt is not null,
            PrimaryLeaseExists = Picture?.LeaseHolder is not null,
            Request = request,
        };
    }

    /// <summary>Keeps count of what has lasted for how long.</summary>
    private void Follow(EngineView engine, GroupRecord? record)
    {
        var primary = engine is { Process: ProcessState.Running, Role: MemberRole.Primary };
        if (!primary)
        {
            _absentSince.Clear();
            _stuck.Clear();
            _stalledSince = null;
            _barrier = null;
            _barrierRule = null;
        }
        else
        {
            FollowStreams(engine, record);
            if (world.Spec.Driver.ForgetsBarrier && engine.EffectiveSync != _barrierRule)
            {
                _barrier = null;
            }

            if (_barrier is null && engine.EffectiveSync is { } effective)
            {
                (_barrierRule, _barrier) = (effective, engine.Inserted);
            }

            _admission = _admission?.Run == Server.Run ? _admission : (Server.Run, engine.Inserted!.Value);
        }

        if (_handingOverSince is not null && (engine.Process != ProcessState.Stopped || record?.Epoch != _handOverEpoch || record.Primary != name))
        {
            _handingOverSince = null;
        }

        if (_handOverAbandoned && (record?.Epoch != _handOverEpoch || (primary && engine.GateOpen && Picture?.Request is null)))
        {
            _handOverAbandoned = false;
        }

        _adriftSince = engine is { Process: ProcessState.Running, Role: MemberRole.Standby, Upstream: not null, Streaming: false } ? _adriftSince ?? world.Now : null;
        _waitingSince = Picture is not null && (record is null || record.IsBeingBorn) ? _waitingSince ?? world.Now : null;
        var alive = record is not null && _heard.TryGetValue(record.Primary, out var heard) && Since(heard.At) < site.Group.Timing.SuspectAfter &&
            Since(Server.HeardFrom.GetValueOrDefault(record.Primary)) < site.Group.Timing.SuspectAfter && heard.Said.Role == MemberRole.Primary;
        _primaryAliveSince = alive ? _primaryAliveSince ?? world.Now : null;
    }

    private void FollowStreams(EngineView engine, GroupRecord? record)
    {
        foreach (var other in site.Group.Members.Keys.Where(other => other != name))
        {
            var stream = engine.Standbys.FirstOrDefault(standby => standby.Member == other);
            if (stream is null)
            {
                _absentSince.TryAdd(other, world.Now);
                _stuck.Remove(other);
                continue;
            }

            _absentSince.Remove(other);
            if (stream.Flushed >= engine.Inserted)
            {
                _stuck.Remove(other);
            }
            else if (!_stuck.TryGetValue(other, out var stuck) || stuck.At != stream.Flushed)
            {
                _stuck[other] = (stream.Flushed, world.Now);
            }
        }

        var able = record?.Sync.Candidates.Count(candidate => !_absentSince.ContainsKey(candidate) && !(_stuck.TryGetValue(candidate, out var stuck) && world.Now - stuck.Since > 300)) ?? 0;
        _stalledSince = record is { Sync.Protects: true } && able < record.Sync.Acks ? _stalledSince ?? world.Now : null;
    }

    private ActivityView Activity(EngineView engine, GroupRecord? record) => new()
    {
        Job = _job,
        AccessPrepared = _accessPrepared,
        HandingOverFor = _handingOverSince is { } handing ? Since(handing) : null,
        HandOverAbandoned = _handOverAbandoned,
        Barrier = _barrier,
        BarrierRule = _barrierRule,
        AdmissionBarrier = _admission is { } admission && admission.Run == Server.Run ? admission.At : null,
        AbsentFor = _absentSince.ToImmutableDictionary(pair => pair.Key, pair => Since(pair.Value)),
        StuckFor = _stuck.ToImmutableDictionary(pair => pair.Key, pair => Since(pair.Value.Since)),
        StalledFor = _stalledSince is { } stalled ? Since(stalled) : TimeSpan.Zero,
        LeaseHeld = _leaseDeadline > world.Now,
        LeaseExpired = _leaseExpired || _leaseDeadline <= world.Now,
        CheckpointedFor = _checkpointedFor,
        WaitingForBirth = _waitingSince is { } waiting ? Since(waiting) : TimeSpan.Zero,
        Lag = record is not null && engine.Role == MemberRole.Standby ? Since(Server.HeardFrom.GetValueOrDefault(record.Primary)) : null,
        StartBackoff = world.Now < _backoffUntil,
        AdriftFor = _adriftSince is { } adrift ? Since(adrift) : TimeSpan.Zero,
        PrimaryAliveFor = _primaryAliveSince is { } alive ? Since(alive) : TimeSpan.Zero,
    };

    private SuspicionVerdict Suspicion(GroupRecord? record)
    {
        if (record is null || record.Primary == name)
        {
            _suspects = 0;
            return SuspicionVerdict.Trusting;
        }

        // Suspicion may be wrong at any time: that may cost a blip, never a commit.
        if (!world.Calm && world.Chance(world.Oath.Weather.WrongSuspicion))
        {
            _wrongUntil = world.Now + world.Between(100, 800);
        }

        if (world.Now < _wrongUntil)
        {
            return new SuspicionVerdict(true, true, "wrongly held for dead");
        }

        var verdict = SuspicionJudge.Judge(new SuspicionEvidence
        {
            SuspectAfter = site.Group.Timing.SuspectAfter,
            HeartbeatSilence = Since(Math.Max(_startedAt, _heard.TryGetValue(record.Primary, out var heard) ? heard.At : 0)),
            LogSilence = Since(Server.HeardFrom.GetValueOrDefault(record.Primary)),
            PresenceSilence = Local.Connected ? Since(site.Store.Presence.GetValueOrDefault(record.Primary)) : null,
            AgreeingPeers = _heard.Values.Count(peer => peer.Said.SuspectsEpoch == record.Epoch && Since(peer.At) < site.Group.Timing.SuspectAfter),
            Trustworthy = world.Now >= _lateUntil,
        });
        _suspects = verdict.Suspects ? record.Epoch : 0;
        return verdict;
    }

    private TimeSpan Since(long at) => TimeSpan.FromMilliseconds(world.Now - at);
}
