using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Core;

namespace Holdfast.Agent.Leases;

/// <param name="LeaseId">0: none.</param>
/// <param name="DeadlineBoot">Boot-clock time until which the holder may act; the safety margin is already taken off.</param>
/// <param name="Held">There is a lease and the deadline has not passed.</param>
public sealed record LeaseState(long LeaseId, TimeSpan DeadlineBoot, bool Held)
{
    public static readonly LeaseState None = new(0, TimeSpan.Zero, false);
}

/// <summary>
/// Keeps one lease alive (R6). The deadline counts from before a grant or renewal was sent, so that ours always ends before the server's.
/// One thread renews, blocking, every quarter of the lease; another only watches the deadline, so that a renewal that hangs delays nothing.
/// A lease whose deadline has passed is over, even if the server would still renew it: who has stopped acting must not half start again.
/// </summary>
public sealed class LeaseKeeper : IDisposable
{
    /// <summary>Longest wait of the threads: the waits stand still while the machine sleeps, the boot clock does not.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _acquiring = new(1);
    private readonly string _purpose;
    private readonly ICoordination _coordination;
    private readonly TimeSpan _timeToLive;
    private readonly TimeSpan _margin;
    private readonly IBootClock _clock;
    private readonly EventLog? _log;
    private readonly IDedicatedThreads _threads;
    private IDedicatedThread? _renewer;
    private IDedicatedThread? _watcher;
    private bool _failing;
    private Lease? _lease;
    private Task _ended = Task.CompletedTask;
    private bool _stopped;

    /// <param name="purpose">For the log: <c>presence</c>, <c>primary</c>.</param>
    /// <param name="margin">How long before the server could end the lease the holder must have ended: the time it takes to stop, with room.</param>
    public LeaseKeeper(
        string purpose, ICoordination coordination, TimeSpan timeToLive, TimeSpan margin, IBootClock clock, EventLog? log = null)
        : this(purpose, coordination, timeToLive, margin, clock, log, threads: null)
    {
    }

    internal LeaseKeeper(
        string purpose, ICoordination coordination, TimeSpan timeToLive, TimeSpan margin, IBootClock clock, EventLog? log,
        IDedicatedThreads? threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(margin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(margin, timeToLive / 2);
        _purpose = purpose;
        _coordination = coordination;
        _timeToLive = timeToLive;
        _margin = margin;
        _clock = clock;
        _log = log;
        _threads = threads ?? DedicatedThreads.Instance;
    }

    /// <summary>As of now: <see cref="LeaseState.Held"/> is judged by the clock at the moment of reading.</summary>
    public LeaseState State
    {
        get
        {
            lock (_gate)
            {
                return _lease is null ? LeaseState.None : new LeaseState(_lease.Id, _lease.Deadline, !_lease.Gone && _clock.Now < _lease.Deadline);
            }
        }
    }

    /// <summary>
    /// Granted or renewed: the deadline has moved. Raised on the renewing thread (or that of <see cref="AcquireAsync"/>); must be quick.
    /// </summary>
    public event Action<LeaseState>? Extended;

    /// <summary>
    /// The deadline passed without a renewal, or the lease is known to be gone. Once per lease, on a thread that does nothing else.
    /// </summary>
    public event Action<LeaseState>? Expiring;

    public void Start()
    {
        _renewer = _threads.Start($"holdfast-{_purpose}-lease", Renew);
        _watcher = _threads.Start($"holdfast-{_purpose}-end", Watch);
    }

    /// <summary>Returns the held lease; grants a new one when there is none or it was lost. Keys must then be put under the new one.</summary>
    /// <exception cref="CoordinationException">Coordination could not be reached or refused, or answered after the deadline.</exception>
    public async Task<LeaseState> AcquireAsync(CancellationToken cancellationToken)
    {
        await _acquiring.WaitAsync(cancellationToken);
        try
        {
            if (State is { Held: true } held)
            {
                return held;
            }

            // The holder must have been told of the end of the last lease before there is another one.
            await EndOfLast().WithAsync(cancellationToken);
            var sentAt = _clock.Now;
            var id = await _coordination.GrantLeaseAsync(_timeToLive, cancellationToken);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var lease = new Lease(id, sentAt + _timeToLive - _margin, sentAt + (_timeToLive / 4), ended);
            if (_clock.Now >= lease.Deadline)
            {
                throw new CoordinationException(
                    CoordinationFault.Indeterminate,
                    $"the {_purpose} lease was granted too late to be used ({_timeToLive.TotalSeconds:0.#} s); " +
                    "look at the load of etcd and of this host");
            }

            lock (_gate)
            {
                _lease = lease;
                _ended = lease.Ended.Task;
            }

            Pulse();

            var state = new LeaseState(id, lease.Deadline, true);
            Extended?.Invoke(state);
            return state;
        }
        finally
        {
            _acquiring.Release();
        }
    }

    /// <summary>Gives the lease up at once (no <see cref="Expiring"/>), then revokes it.</summary>
    /// <exception cref="CoordinationException">Not revoked; it ends by itself. It counts as given up all the same.</exception>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (LetGo() is { } id)
        {
            await _coordination.RevokeLeaseAsync(id, cancellationToken);
        }
    }

    /// <summary>Stops keeping the lease at once (no <see cref="Expiring"/>) without revoking it. Returns its id; null: there was none.</summary>
    public long? LetGo()
    {
        Lease? lease;
        lock (_gate)
        {
            lease = _lease;
            _lease = null;
        }

        lease?.Ended.TrySetResult();
        return lease?.Id;
    }

    /// <summary>Stops renewing without revoking: a restarted agent's server goes on, and the lease ends by itself.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
        }

        _renewer?.End(_timeToLive / 2);
        _watcher?.End(_timeToLive / 2);
        _acquiring.Dispose();
    }

    private TimeSpan Renew()
    {
        if (NextToRenew(out var wait) is not { } lease)
        {
            return wait;
        }

        var sentAt = _clock.Now;
        var budget = Min(_timeToLive / 4, lease.Deadline - sentAt);
        try
        {
            // Without time left there is nothing to win: the watcher ends this lease now.
            var granted = budget > TimeSpan.Zero ? _coordination.KeepAlive(lease.Id, budget) : TimeSpan.Zero;
            Settle(lease, sentAt, granted);
            _failing = false;
        }
        catch (CoordinationException e) when (e.Fault == CoordinationFault.LeaseGone)
        {
            Settle(lease, sentAt, granted: null);
        }
        catch (CoordinationException e)
        {
            if (!_failing)
            {
                _log?.Warning("lease-not-renewed", e.Message, ("lease", _purpose), ("left", lease.Deadline - _clock.Now));
            }

            _failing = true;
            Postpone(lease, sentAt + Min(_timeToLive / 16, TimeSpan.FromMilliseconds(250)));
        }

        return TimeSpan.Zero;
    }

    /// <summary>The lease that is to be renewed now. Null: none for so long.</summary>
    private Lease? NextToRenew(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = _stopped || _lease is null || _lease.Gone ? Timeout.InfiniteTimeSpan : Min(_lease.NextRenewal - _clock.Now, Slice);
            return wait != Timeout.InfiniteTimeSpan && wait <= TimeSpan.Zero ? _lease : null;
        }
    }

    private void Settle(Lease lease, TimeSpan sentAt, TimeSpan? granted)
    {
        LeaseState state;
        lock (_gate)
        {
            if (_lease?.Id != lease.Id)
            {
                return;
            }

            var deadline = sentAt + (granted ?? TimeSpan.Zero) - _margin;
            _lease = granted is null || _clock.Now >= lease.Deadline
                ? lease with { Gone = true }
                : lease with { Deadline = Max(deadline, lease.Deadline), NextRenewal = sentAt + (_timeToLive / 4) };
            state = new LeaseState(_lease.Id, _lease.Deadline, !_lease.Gone && deadline > lease.Deadline);
        }

        Pulse();
        if (state.Held)
        {
            Extended?.Invoke(state);
        }
    }

    private void Postpone(Lease lease, TimeSpan until)
    {
        lock (_gate)
        {
            if (_lease?.Id == lease.Id)
            {
                _lease = _lease with { NextRenewal = until };
            }
        }
    }

    private TimeSpan Watch()
    {
        if (NextToExpire(out var wait) is not { } lease)
        {
            return wait;
        }

        _log?.Warning(
            "lease-lost", lease.Gone ? "coordination says that the lease is gone" : "the lease was not renewed in time", ("lease", _purpose));
        Expiring?.Invoke(new LeaseState(lease.Id, lease.Deadline, false));
        lease.Ended.TrySetResult();
        return TimeSpan.Zero;
    }

    private Task EndOfLast()
    {
        Task ended;
        lock (_gate)
        {
            Invariant.Check(!_stopped && _watcher is not null, "a lease is acquired between the start and the disposal of its keeper");
            if (_lease is not null)
            {
                _lease = _lease with { Gone = true };
            }

            ended = _ended;
        }

        Pulse();
        return ended;
    }

    private void Pulse()
    {
        _renewer?.Pulse();
        _watcher?.Pulse();
    }

    /// <summary>Takes away a lease that is over. Null: none is for so long.</summary>
    private Lease? NextToExpire(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = _stopped || _lease is null ? Timeout.InfiniteTimeSpan : Min(_lease.Deadline - _clock.Now, Slice);
            if (_stopped || _lease is not { } lease || (!lease.Gone && _lease.Deadline > _clock.Now))
            {
                return null;
            }

            _lease = null;
            return lease;
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    /// <param name="Ended">Done when the holder has been told of the end, or has given the lease up itself.</param>
    /// <param name="Gone">Known to be over; the watcher has yet to say so.</param>
    private sealed record Lease(long Id, TimeSpan Deadline, TimeSpan NextRenewal, TaskCompletionSource Ended, bool Gone = false);
}
