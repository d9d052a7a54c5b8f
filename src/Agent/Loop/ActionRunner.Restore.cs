using Holdfast.Core.Failover;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Loop;

/// <summary>The long steps of a restore in place.</summary>
internal sealed partial class ActionRunner
{
    private static readonly TimeSpan RecordInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Ends as soon as the record says that it was taken back, for what it makes would be thrown away.</summary>
    private async Task RestoreAsync(MemberAction.Restore restore, CancellationToken limit)
    {
        activity.RestoreFailed = null;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit);
        var work = Restorer.RestoreInPlaceAsync(restore.Epoch, restore.Aim, jobs, over.Token);
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(RecordInterval, time, CancellationToken.None));
            if (state.Picture.Record is { } record && (record.Epoch > restore.Epoch || record.Restore is null))
            {
                await over.CancelAsync();
            }
        }

        await work;
    }

    private async Task PutBackAsync(long epoch, CancellationToken limit)
    {
        await Restorer.PutBackAsync(epoch, limit);
        Remember(state.Memory with { Restoring = 0 });
    }

    private IRestoreEngine Restorer => engine as IRestoreEngine ?? throw new EngineException("this store's kind cannot be restored in place");

    /// <summary>The store is as it was before: whoever asked can mend what is wrong, and ask again.</summary>
    private void RestoreFailed(Exception exception)
    {
        if (exception is not OperationCanceledException)
        {
            activity.RestoreFailed = exception.Message;
        }

        Failed(exception);
    }
}
