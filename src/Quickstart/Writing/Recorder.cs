using System.Collections.Immutable;

namespace Holdfast.Quickstart.Writing;

/// <summary>When and where the latest write was acknowledged.</summary>
/// <param name="At">Monotonic timestamp.</param>
/// <param name="Port">Of the server.</param>
internal sealed record Acknowledgement(long At, int Port);

/// <summary>
/// Writes one thing after another, on a thread of its own, and records each acknowledged one. What fails is neither acknowledged nor repeated; the next
/// write has the next id.
/// </summary>
internal abstract class Recorder(TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Acknowledgement _latest = new(time.GetTimestamp(), 0);
    private ImmutableArray<OutageWindow> _windows = [];
    private volatile string? _lastProblem;

    /// <summary>Ids of all that was acknowledged.</summary>
    public IdSet Acknowledged { get; } = new();

    public Acknowledgement Latest => _latest;

    /// <summary>What the last failed write or connection met; null: nothing failed yet.</summary>
    public string? LastProblem
    {
        get => _lastProblem;
        protected set => _lastProblem = value;
    }

    /// <summary>Faulted when the writer met something that it does not expect of a store: a bug of the quickstart's own.</summary>
    public Task Ended => _ended.Task;

    protected TimeProvider Time => time;

    /// <summary>Waits for so long, in which something must be acknowledged.</summary>
    /// <exception cref="QuickstartException">Nothing was acknowledged.</exception>
    public async Task ShowLifeAsync(TimeSpan calm, string before, CancellationToken cancellationToken)
    {
        var count = Acknowledged.Count;
        await Task.Delay(calm, time, cancellationToken);
        if (Ended.IsFaulted)
        {
            await Ended;
        }

        if (Acknowledged.Count == count)
        {
            throw new QuickstartException(
                $"before {before}: the writer wrote nothing for {calm.TotalSeconds} s; its last error: {LastProblem ?? "none"}");
        }
    }

    public void Start() => new Thread(Run) { Name = GetType().Name, IsBackground = true }.Start();

    /// <summary>From now on gaps are measured, until the window is closed. Others may be open at the same time.</summary>
    public OutageWindow OpenWindow()
    {
        var window = new OutageWindow(time, _latest.At);
        ImmutableInterlocked.Update(ref _windows, (open, added) => [.. open.Where(other => !other.IsClosed), added], window);
        return window;
    }

    /// <summary>Writes until it is told to stop.</summary>
    protected abstract Task WriteAsync(CancellationToken stop);

    protected void Acknowledge(long id, int port)
    {
        var now = time.GetTimestamp();
        Acknowledged.Add(id);
        _latest = new Acknowledgement(now, port);
        foreach (var window in _windows)
        {
            window.Add(now);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromSeconds(5), time)) == _ended.Task)
        {
            _stop.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            WriteAsync(_stop.Token).GetAwaiter().GetResult();
            _ended.TrySetResult();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _ended.TrySetResult();
        }
        catch (Exception fault)
        {
            _ended.TrySetException(fault);
        }
    }
}
