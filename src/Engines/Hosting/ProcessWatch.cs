using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engines.Hosting;

/// <summary>
/// Notices the end of a process, child or not, as soon as the kernel knows: a thread of its own waits on a pidfd, so that neither a poll
/// interval nor a starved thread pool delays the news.
/// </summary>
internal sealed class ProcessWatch : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SafeFileHandle _process;
    private readonly SafeFileHandle _stop;
    private readonly Action _onEnd;

    private ProcessWatch(HostProcess target, SafeFileHandle process, Action onEnd)
    {
        Target = target;
        _process = process;
        _onEnd = onEnd;
        _stop = Native.CreateEvent();
        var thread = new Thread(Wait) { IsBackground = true, Name = $"watch {target.Pid}" };
        thread.Start();
    }

    public HostProcess Target { get; }

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended => _ended.Task;

    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>Null: the process is gone already.</summary>
    public static ProcessWatch? Start(HostProcess target, Action onEnd)
    {
        var handle = Native.OpenProcess(target.Pid);
        if (handle is null)
        {
            return null;
        }

        // The number may have been given to another process before the handle was had.
        if (!target.IsAlive)
        {
            handle.Dispose();
            return null;
        }

        return new ProcessWatch(target, handle, onEnd);
    }

    private void Wait()
    {
        var ended = Native.WaitForEither(_process, _stop);
        _process.Dispose();
        _stop.Dispose();
        if (ended)
        {
            _ended.TrySetResult();
            _onEnd();
        }
    }

    public void Dispose()
    {
        try
        {
            Native.RaiseEvent(_stop);
        }
        catch (ObjectDisposedException)
        {
            // The process has ended and the thread with it.
        }
    }
}
