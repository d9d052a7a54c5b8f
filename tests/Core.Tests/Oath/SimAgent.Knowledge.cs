using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Oath;

/// <summary>What an agent knows and forgets.</summary>
internal sealed partial class SimAgent
{
    private readonly Dictionary<string, (PeerView Said, long At)> _heard = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _absentSince = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Lsn At, long Since)> _stuck = new(StringComparer.Ordinal);
    private bool _recordInDoubt;
    private long _recordDoubtAt;
    private (long Record, long Guard)? _promiseDoubt;
    private bool _busy;
    private string? _job;
    private bool _accessPrepared;
    private long? _handingOverSince;
    private long _handOverEpoch;
    private bool _handOverAbandoned;
    private Lsn? _barrier;
    private SyncRule? _barrierRule;
    private (int Run, Lsn At)? _admission;
    private long? _stalledSince;
    private long? _leaseDeadline;
    private bool _leaseExpired;
    private long _leaseAskedAt;
    private long _leaseForRecord;
    private bool _leaseServed;
    private string? _checkpointedFor;
    private long? _waitingSince;
    private long? _adriftSince;
    private long _backoffUntil;
    private long? _primaryAliveSince;
    private (string Id, long At)? _request;
    private long _startedAt;
    private long _lastBeat;
    private long _lateUntil;
    private long _wrongUntil;
    private long _suspects;

    /// <summary>Lives beside the agent and outlives it: the guard that kills the server when nobody renews.</summary>
    private long? _guardDeadline;

    private void Forget()
    {
        _heard.Clear();
        _absentSince.Clear();
        _stuck.Clear();
        Local.Forget();
        _leaseServed = _busy = _accessPrepared = _handOverAbandoned = _leaseExpired = _recordInDoubt = false;
        _promiseDoubt = null;
        _job = _checkpointedFor = null;
        _adriftSince = _handingOverSince = _stalledSince = _leaseDeadline = _waitingSince = _primaryAliveSince = null;
        _barrier = null;
        _barrierRule = null;
        _admission = null;
        _request = null;
        _done = null;
        _suspects = _handOverEpoch = _backoffUntil = _lateUntil = _wrongUntil = 0;
        _startedAt = _lastBeat = world.Now;
        ForgetSites();
    }

    /// <summary>Coordination has changed; it takes a while until this agent hears of it.</summary>
    public void Tell(StoreState state) => Local.Tell(state, Alive);

    private void Learnt(StoreState state, bool first)
    {
        if (first && world.Spec.Driver.StartsInDoubt)
        {
            if (state.Record?.Primary == name)
            {
                _recordInDoubt = true;
                _recordDoubtAt = state.RecordRevision;
            }
            else
            {
                _promiseDoubt = (state.RecordRevision, state.Guards.GetValueOrDefault(name));
            }
        }

        if (_recordInDoubt && state.RecordRevision != _recordDoubtAt)
        {
            _recordInDoubt = false;
        }

        if (_promiseDoubt is { } doubt && (state.RecordRevision != doubt.Record || state.Guards.GetValueOrDefault(name) != doubt.Guard))
        {
            _promiseDoubt = null;
        }
    }

    private void Beat()
    {
        Later(world.Between(60, 110), Beat);
        if (world.Now - _lastBeat > 250)
        {
            _lateUntil = world.Now + 1_000;
        }

        _lastBeat = world.Now;
        site.Store.RenewPresence(name);
        RenewLease();
        if (Picture?.Record is { } record && record.Primary != name && world.Network.Connects(name, record.Primary) &&
            world.Network.FrozenUntil(record.Primary) <= world.Now && world.Servers[record.Primary].Process == ProcessState.Running)
        {
            Server.HeardFrom[record.Primary] = world.Now;
        }

        var engine = Server.Observe();
        var said = new PeerView
        {
            Epoch = Math.Max(Memory.Epoch, Picture?.Record?.Epoch ?? 0),
            Data = engine.Data,
            Process = engine.Process,
            Role = engine.Role,
            Position = engine.Position,
            LogEpoch = Memory.LogEpoch,
            Streaming = engine.Streaming,
            SuspectsEpoch = _suspects,
            HandsOverEpoch = _handingOverSince is null ? 0 : _handOverEpoch,
            CleanShutdown = engine.CleanShutdown,
        };
        foreach (var peer in site.Agents.Where(peer => peer != this && world.Network.Delivers(name, peer.Name)))
        {
            peer.Later(world.Between(1, 15), () => peer._heard[name] = (said, world.Now));
        }

        BeatBetweenSites(said);
    }

    private void RenewLease()
    {
        var lease = (long)site.Group.Timing.Lease.TotalMilliseconds;
        var record = Picture?.Record;
        _leaseServed |= _leaseDeadline is not null && record is { Mode: not ProtectionMode.ZeroLoss };
        if (_leaseDeadline is not null && record is not null && (record.Primary != name || (_leaseServed && record.Mode == ProtectionMode.ZeroLoss)))
        {
            // Deposed, or protected again: the lease is given back, and the guard has nothing to guard. Not before the record has said
            // otherwise: R1.lease-first takes the lease while the record still says zero-loss.
            _leaseServed = false;
            _leaseDeadline = _guardDeadline = null;
            site.Store.Call(name, state => state.LeaseHolder == name ? state with { LeaseHolder = null } : null, (_, _) => { });
        }
        else if (_leaseDeadline is not null && world.Now - _leaseAskedAt > lease / 3)
        {
            AskForLease(_ => { });
        }
    }

    private void AskForLease(Action<bool> answer)
    {
        var asked = world.Now;
        _leaseForRecord = Picture?.RecordRevision ?? 0;
        _leaseAskedAt = asked;
        var incarnation = _incarnation;
        site.Store.Lease(name, _leaseForRecord, granted =>
        {
            if (_incarnation != incarnation)
            {
                return;
            }

            if (granted)
            {
                _leaseServed &= _leaseDeadline is not null;
                // Counted from before it was asked for.
                _leaseDeadline = _guardDeadline = asked + (long)site.Group.Timing.Lease.TotalMilliseconds - 100;
                _leaseExpired = false;
                var deadline = _guardDeadline;
                world.After(deadline.Value - world.Now, name, () => Guard(deadline.Value));
            }

            answer(granted);
        });
    }

    private void Guard(long deadline)
    {
        if (_guardDeadline != deadline || Picture?.Record is { Paused: true } or { Mode: ProtectionMode.ZeroLoss })
        {
            return;
        }

        world.Note(name, "the guard ends the server: nobody has renewed the lease");
        _guardDeadline = null;
        _leaseDeadline = null;
        _leaseExpired = true;
        world.Oath.Fault();
        if (Server.Role == MemberRole.Primary)
        {
            Server.Kill();
        }
    }
}
