namespace Holdfast.Agent.Hosting;

/// <summary>A token that is cancelled by its caller, or when its time is up on the given clock, which may be a simulated one.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _either;

    public TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken stop = default)
    {
        _timeout = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(stop, _timeout.Token);
    }

    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _timeout.Dispose();
    }
}
