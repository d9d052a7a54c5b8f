namespace Holdfast.Quickstart.Links;

/// <summary>What passes between the sites waits here while the link is cut.</summary>
internal sealed class LinkGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _open = Opened();

    public bool IsOpen => Current.IsCompleted;

    /// <summary>Ends when the link is whole.</summary>
    public Task WaitOpenAsync(CancellationToken cancellationToken) => Current.WaitAsync(cancellationToken);

    public void Close()
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
            {
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _open.TrySetResult();
        }
    }

    private Task Current
    {
        get
        {
            lock (_lock)
            {
                return _open.Task;
            }
        }
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }
}
