using Holdfast.Agent.Logging;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>
/// Lets go of old backups when a member begins to be responsible for its repository: what was declared may keep less than it did, and a full repository
/// may not take the backup after which anything is let go of otherwise. Two must not do this at a time, so it ends with being the primary.
/// </summary>
internal sealed class LettingGo(IBackupEngine engine, EventLog log)
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _running;

    /// <summary>If it is at work, it ends soon.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ = _running?.CancelAsync();
        }
    }

    /// <param name="isReady">The repository is this store's, and answers.</param>
    public async Task RunAsync(bool isReady, CancellationToken stop)
    {
        if (!isReady)
        {
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Running(end);
        try
        {
            await engine.LetGoAsync(end.Token);
        }
        catch (EngineException exception)
        {
            log.Warning("backup", $"old backups are not let go of: {exception.Message}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The next primary does it.
        }
        finally
        {
            Running(null);
        }
    }

    private void Running(CancellationTokenSource? end)
    {
        lock (_lock)
        {
            _running = end;
        }
    }
}
