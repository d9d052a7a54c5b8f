using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>At most one long job beside the loop: clone, rewind, salvage, initialise, a stop in good order.</summary>
internal sealed class JobRunner(EventLog log, TimeProvider time, Action wake) : IProgress<JobProgress>
{
    private Task _running = Task.CompletedTask;
    private volatile JobProgress? _progress;

    /// <summary>What runs, with its progress, for people; null: nothing.</summary>
    public string? Description => _progress is not { } progress ? null
        : progress is { Done: { } done, Total: > 0 and { } total } ? $"{progress.What}, {100.0 * done / total:F0} %"
        : progress.What;

    public void Report(JobProgress value) => _progress = value;

    /// <summary>Starts a job; its fault is logged and handed to <paramref name="failed"/> on the job's own thread.</summary>
    public void Start(string what, Func<CancellationToken, Task> job, Action<Exception> failed, TimeSpan limit, CancellationToken stop)
    {
        _progress = new JobProgress(what);
        _running = Beside.Run(async () =>
        {
            var begun = time.GetTimestamp();
            try
            {
                using var deadline = new TimeLimit(limit, time, stop);
                await job(deadline.Token);
                log.Info("job", $"{what}: done", ("ms", (long)time.GetElapsedTime(begun).TotalMilliseconds));
            }
            catch (Exception exception)
                when (exception is EngineException or OperationCanceledException or IOException or UnauthorizedAccessException)
            {
                log.Warning("job", $"{what}: {exception.Message}", ("ms", (long)time.GetElapsedTime(begun).TotalMilliseconds));
                failed(exception);
            }
            finally
            {
                _progress = null;
                wake();
            }
        });
    }

    /// <summary>Waits for the job to end after a stop.</summary>
    public Task EndAsync() => _running;
}
