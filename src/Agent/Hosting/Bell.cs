namespace Holdfast.Agent.Hosting;

/// <summary>Wakes one waiter: when it is rung, or after a while. A ring while nobody waits ends the next wait at once.</summary>
internal sealed class Bell : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TaskCompletionSource? _waiter;
    private bool _rung;

    public Bell(TimeProvider time) =>
        _timer = time.CreateTimer(bell => ((Bell)bell!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Any thread; never blocks, and runs nothing of the waiter's.</summary>
    public void Ring()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            _rung = true;
            waiter = _waiter;
        }

        waiter?.TrySetResult();
    }

    /// <summary>At most one waits at a time. It may end early, by the end of an earlier wait's time.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task WaitAsync(TimeSpan limit, CancellationToken stop)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_rung)
            {
                _rung = false;
                stop.ThrowIfCancellationRequested();
                return;
            }

            _waiter = waiter;
        }

        _timer.Change(limit, Timeout.InfiniteTimeSpan);
        try
        {
            await using (stop.Register(static bell => ((Bell)bell!).Ring(), this))
            {
                await waiter.Task;
            }
        }
        finally
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (_gate)
            {
                _waiter = null;
                _rung = false;
            }
        }

        stop.ThrowIfCancellationRequested();
    }

    public void Dispose() => _timer.Dispose();
}
