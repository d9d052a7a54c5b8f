using Holdfast.Agent.Guarding;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>
/// R6: where only time protects, the primary holds a lease, and three independent hands stop the server when it cannot be renewed: the
/// keeper's own thread here, the guard process, and a watchdog device where there is one.
/// </summary>
internal sealed class LeaseDuty : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromMilliseconds(500);
    /// <summary>
    /// So many looks in a row that did not need a lease taken in advance, and it is given back: armed it could stop a protected primary.
    /// </summary>
    private const int UnwantedLimit = 3;
    private static readonly TimeSpan GuardStartLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly ICoordination _coordination;
    private readonly IMemberEngine _engine;
    private readonly GuardClient _guard;
    private readonly LeaseKeeper _keeper;
    private readonly GroupKeys _keys;
    private readonly EventLog _log;
    private readonly string _me;
    private readonly string? _watchdog;
    /// <summary>The guard acts a little after our own hand and well before the lease can end: it is for when that hand is stuck.</summary>
    private readonly TimeSpan _guardSlack;
    private volatile bool _timeProtects;
    private volatile bool _keyTaken;
    private long _takenUnder;
    private int _unwantedLooks;
    private volatile bool _mustDisarm;
    private volatile MainProcess? _armedFor;
    private bool _expired;

    public LeaseDuty(
        ICoordination coordination, IMemberEngine engine, GuardClient guard, GroupKeys keys, MemberSpec self,
        TimeSpan lease, IBootClock clock, EventLog log)
    {
        (_coordination, _engine, _guard, _keys, _log) = (coordination, engine, guard, keys, log);
        (_me, _watchdog, _guardSlack) = (self.Name, self.Watchdog, lease / 20);
        _keeper = new LeaseKeeper("primary", coordination, lease, lease / 5, clock, log);
        _keeper.Extended += Pet;
        _keeper.Expiring += StopServer;
        _keeper.Start();
    }

    public bool Held => _keyTaken && _keeper.State.Held;
    public bool Expired => Volatile.Read(ref _expired);

    /// <summary>Takes the lease and its key, and makes sure that a guard is there to be armed.</summary>
    /// <returns>False: another holds it, or the record has changed.</returns>
    public async Task<bool> AcquireAsync(GroupPicture seen, EngineView engine, CancellationToken cancellationToken)
    {
        if (seen.PrimaryLeaseExists && seen.PrimaryLeaseHolder != _me)
        {
            return false;
        }

        await Task.Run(PrepareGuard, cancellationToken);
        var lease = await _keeper.AcquireAsync(cancellationToken);
        var result = await _coordination.TransactAsync(Transactions.TakeLease(_keys, seen, _me, lease.LeaseId), cancellationToken);
        if (!result.Succeeded)
        {
            return false;
        }

        Volatile.Write(ref _expired, false);
        _takenUnder = seen.RecordRevision;
        _mustDisarm = false;
        _keyTaken = true;
        _timeProtects = true;
        Arm(engine);
        return true;
    }

    /// <summary>
    /// Brings guard and lease in line with the record; called at each look, does something only on a change. The lease is taken before the record
    /// says that only time protects, so it is given back only by a later record that says otherwise.
    /// </summary>
    /// <param name="wanted">What has just been decided needs the lease: it is taken before the record says so.</param>
    public async Task FollowAsync(GroupPicture seen, EngineView engine, bool wanted, CancellationToken cancellationToken)
    {
        _unwantedLooks = wanted ? 0 : _unwantedLooks + 1;
        DisarmIfDue();
        var record = seen.Record;
        var needed = record is { IsBeingBorn: false, Mode: not ProtectionMode.ZeroLoss } && record.Primary == _me;
        if (needed && Held && MustArm(engine))
        {
            await Task.Run(PrepareGuard, cancellationToken);
            Arm(engine);
        }
        else if (!needed && _keyTaken && record is { IsBeingBorn: false } && (seen.RecordRevision > _takenUnder || _unwantedLooks >= UnwantedLimit))
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    /// <summary>Gives the lease up, so that nobody need wait for its end. The server must have stopped, or the record protects.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        _timeProtects = false;
        _keyTaken = false;
        Volatile.Write(ref _expired, false);
        try
        {
            await _keeper.ReleaseAsync(cancellationToken);
        }
        catch (CoordinationException exception)
        {
            _log.Warning("lease", $"the lease ends by itself: {exception.Message}");
        }

        _mustDisarm = true;
        DisarmIfDue();
    }

    /// <summary>An armed guard that is not petted any more kills: disarming is tried until it is confirmed.</summary>
    private void DisarmIfDue()
    {
        if (!_mustDisarm)
        {
            return;
        }

        try
        {
            _guard.Disarm(CallLimit);
            (_mustDisarm, _armedFor) = (false, null);
        }
        catch (GuardException exception)
        {
            _log.Warning("guard", exception.Message);
        }
    }

    public void Dispose() => _keeper.Dispose();

    private void PrepareGuard()
    {
        _guard.EnsureRunning(GuardStartLimit);
        _guard.UseWatchdog(_watchdog, CallLimit);
    }

    private bool MustArm(EngineView engine) => engine.Process != ProcessState.Stopped && engine.Main is { } main && main != _armedFor;

    private void Arm(EngineView engine)
    {
        if (MustArm(engine) && engine.Main is { } main)
        {
            _guard.Arm(_keeper.State.DeadlineBoot + _guardSlack, main.Pid, main.StartTicks, CallLimit);
            _armedFor = main;
        }
    }

    private void Pet(LeaseState lease)
    {
        if (_timeProtects && _armedFor is not null)
        {
            try
            {
                _guard.Pet(lease.DeadlineBoot + _guardSlack, CallLimit);
            }
            catch (GuardException exception)
            {
                // One that lives keeps the earlier deadline and errs on the safe side. One that is gone is replaced at the next look.
                _log.Warning("guard", exception.Message);
                _armedFor = null;
            }
        }
    }

    /// <summary>On the keeper's own thread: it must not depend on the loop or the thread pool.</summary>
    private void StopServer(LeaseState lease)
    {
        _keyTaken = false;
        if (!_timeProtects)
        {
            return;
        }

        Volatile.Write(ref _expired, true);
        _log.Error("lease", "the primary's lease has run out: stopping the server at once", ("rule", "R6.expired"));
        using var limit = new CancellationTokenSource(KillLimit);
        try
        {
            _engine.StopAsync(StopMode.Immediate, limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException)
        {
            _log.Error("lease", $"the server could not be stopped from here, the guard will: {exception.Message}");
        }
    }
}
