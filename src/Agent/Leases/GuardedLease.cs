using Holdfast.Agent.Guarding;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Engines;

namespace Holdfast.Agent.Leases;

/// <summary>What a guarded lease is for.</summary>
/// <param name="Name">Names its threads and its lines in the log: <c>primary</c>, <c>site</c>.</param>
/// <param name="Rule">The rule that is logged when the server is stopped because the lease has run out.</param>
/// <param name="TimeToLive">As granted by coordination; a fifth of it is kept back for stopping.</param>
/// <param name="Watchdog">Device that the guard holds open while armed; null: none. Only one guard of a host can have a device.</param>
internal sealed record LeasePurpose(string Name, string Rule, TimeSpan TimeToLive, string? Watchdog);

/// <summary>
/// A lease without which the server must not run, and the key under it. Three independent hands stop the server when it cannot be renewed: the
/// keeper's own thread here, the guard process, and a watchdog device where there is one.
/// </summary>
internal sealed class GuardedLease : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GuardStartLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly LeasePurpose _purpose;
    private readonly ICoordination _coordination;
    private readonly IMemberEngine _engine;
    private readonly ILeaseGuard _guard;
    private readonly LeaseKeeper _keeper;
    private readonly IBootClock _clock;
    private readonly EventLog _log;
    /// <summary>The guard acts a little after our own hand and well before the lease can end: it is for when that hand is stuck.</summary>
    private readonly TimeSpan _guardSlack;
    private volatile bool _taken;
    private volatile bool _mustDisarm;
    /// <summary>At first: by this agent's run before this one.</summary>
    private volatile bool _mayBeArmed = true;
    private volatile MainProcess? _armedFor;
    private bool _expired;

    public GuardedLease(
        LeasePurpose purpose, ICoordination coordination, IMemberEngine engine, ILeaseGuard guard, IBootClock clock, EventLog log,
        IDedicatedThreads? threads = null)
    {
        (_purpose, _coordination, _engine, _guard, _clock, _log) = (purpose, coordination, engine, guard, clock, log);
        _guardSlack = purpose.TimeToLive / 20;
        _keeper = new LeaseKeeper(purpose.Name, coordination, purpose.TimeToLive, purpose.TimeToLive / 5, clock, log, threads);
        _keeper.Extended += Pet;
        _keeper.Expiring += StopServer;
        _keeper.Start();
    }

    /// <summary>The key is ours and the deadline has not passed.</summary>
    public bool Held => _taken && _keeper.State.Held;

    /// <summary>The deadline of a lease that was held has passed, or its key was lost, and it has neither been taken anew nor given up since.</summary>
    public bool Expired => Volatile.Read(ref _expired);

    /// <summary>How long the server may go on if no renewal succeeds any more; null: the lease is not held.</summary>
    public TimeSpan? Remaining => _taken && _keeper.State is { Held: true } state ? state.DeadlineBoot - _clock.Now : null;

    /// <summary>The key was put under our lease and has not been given up or lost since; the deadline may have passed.</summary>
    public bool Taken => _taken;

    /// <summary>Revision of the store when the key was last taken; what was seen at an earlier one says nothing about it.</summary>
    public long TakenAt { get; private set; }

    /// <summary>There is something to give up: a lease that is kept (its key may be ours by a write without an answer), or a guard to disarm.</summary>
    public bool IsOpen => _taken || Expired || _mayBeArmed || _keeper.State.LeaseId != 0;

    /// <summary>The guard may have been armed by this agent's run before this one, and nothing has been taken or given up since.</summary>
    public bool IsInherited => _mayBeArmed && _armedFor is null && !_taken && !Expired && _keeper.State.LeaseId == 0;

    /// <summary>Takes the lease and its key, and arms the guard for the server that runs.</summary>
    /// <param name="take">Given the id of the lease: what to compare, and the key put under that lease.</param>
    /// <returns>False: what was compared has changed, or the answer came only after the deadline.</returns>
    /// <exception cref="CoordinationException">Not known to be taken; asking again is harmless.</exception>
    /// <exception cref="GuardException">There is no guard, so nothing was taken; or it could not be armed, though the key is taken.</exception>
    public async Task<bool> AcquireAsync(Func<long, Transaction> take, EngineView engine, CancellationToken cancellationToken)
    {
        await Beside.Run(PrepareGuard, cancellationToken);
        var lease = await _keeper.AcquireAsync(cancellationToken);
        var result = await _coordination.TransactAsync(take(lease.LeaseId), cancellationToken);
        if (!result.Succeeded)
        {
            return false;
        }

        (_mustDisarm, TakenAt, _taken) = (false, result.Revision, true);
        if (_keeper.State is not { Held: true } now || now.LeaseId != lease.LeaseId)
        {
            _taken = false; // It ran out while the answer was on its way: what is in the key ends by itself.
            return false;
        }

        Volatile.Write(ref _expired, false);
        _armedFor = null; // A guard that is armed already still has an earlier deadline.
        Arm(engine);
        return true;
    }

    /// <summary>Starts the guard ahead of time: whoever takes the lease while writes pause need not wait for a process to start.</summary>
    /// <exception cref="GuardException">It could not be started.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => Beside.Run(PrepareGuard, cancellationToken);

    /// <summary>Called at each look while the lease is needed: a server that was started since, or a guard that is gone, is seen to.</summary>
    /// <exception cref="GuardException">There is no guard, or it could not be armed.</exception>
    public async Task FollowAsync(EngineView engine, CancellationToken cancellationToken)
    {
        DisarmIfDue();
        if (Held && MustArm(engine))
        {
            await Beside.Run(PrepareGuard, cancellationToken);
            Arm(engine);
        }
    }

    /// <summary>Gives the lease up at once, so that nobody need wait for its end. The server must have stopped, or need no lease any more.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        Forget();
        try
        {
            await _keeper.ReleaseAsync(cancellationToken);
        }
        catch (CoordinationException exception)
        {
            _log.Warning("lease", $"the {_purpose.Name} lease ends by itself: {exception.Message}");
        }

        DisarmIfDue();
    }

    /// <summary>Stops keeping the lease without taking away its key: that ends by itself, unless somebody takes it over before.</summary>
    public void LetGo()
    {
        Forget();
        _keeper.LetGo();
        DisarmIfDue();
    }

    /// <summary>
    /// The key is not ours any more though the lease can be renewed. It counts as run out; the server is for the rules to stop, and the guard stays
    /// armed with the deadline that it has until the lease is given up.
    /// </summary>
    public void Lose()
    {
        _taken = false;
        _keeper.LetGo();
        Volatile.Write(ref _expired, true);
    }

    /// <summary>An armed guard that is not petted any more kills: disarming is tried, at each look, until it is confirmed.</summary>
    public void DisarmIfDue()
    {
        if (!_mustDisarm)
        {
            return;
        }

        try
        {
            _guard.Disarm(CallLimit);
            (_mustDisarm, _mayBeArmed, _armedFor) = (false, false, null);
        }
        catch (GuardException exception)
        {
            _log.Warning("guard", exception.Message);
        }
    }

    /// <summary>Stops renewing. Server, guard and key stay: the agent's next run takes the lease over, or the server ends at the deadline.</summary>
    public void Dispose() => _keeper.Dispose();

    private void Forget()
    {
        _taken = false;
        Volatile.Write(ref _expired, false);
        _mustDisarm = _mayBeArmed;
    }

    private void PrepareGuard()
    {
        _guard.Prepare(GuardStartLimit);
        _guard.UseWatchdog(_purpose.Watchdog, CallLimit);
    }

    private bool MustArm(EngineView engine) => engine.Process != ProcessState.Stopped && engine.Main is { } main && main != _armedFor;

    private void Arm(EngineView engine)
    {
        if (MustArm(engine) && engine.Main is { } main)
        {
            _mayBeArmed = true;
            _guard.Arm(_keeper.State.DeadlineBoot + _guardSlack, main.Pid, main.StartTicks, CallLimit);
            _armedFor = main;
        }
    }

    private void Pet(LeaseState lease)
    {
        if (_taken && _armedFor is not null)
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
        if (!_taken)
        {
            return;
        }

        Volatile.Write(ref _expired, true);
        _taken = false;
        _log.Error("lease", $"the {_purpose.Name} lease has run out: stopping the server at once", ("rule", _purpose.Rule));
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
