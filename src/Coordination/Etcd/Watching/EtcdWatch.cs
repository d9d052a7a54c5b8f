using System.Threading.Channels;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd.Watching;

/// <summary>One watch for its whole life: over servers, broken connections and compactions.</summary>
internal sealed class EtcdWatch(EtcdSession session, string prefix, TimeProvider time, ChannelWriter<WatchUpdate> updates)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly EtcdWatchPicture _picture = new();
    private string? _reported;
    private int _failures;

    /// <summary>Runs until cancelled, which is no error. Whatever else ends it goes to the reader.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await AttachAsync(session.Endpoints.Current, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            updates.TryComplete();
        }
        catch (Exception exception)
        {
            updates.TryComplete(exception);
        }
    }

    private async Task AttachAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        try
        {
            var attachment = new EtcdWatchAttachment(session, endpoint, prefix, time, _picture, EmitAsync);
            await attachment.RunAsync(cancellationToken);
        }
        catch (CoordinationException exception)
        {
            session.Endpoints.Failed(endpoint);
            await ReportAsync(exception.Message, cancellationToken);
            await PauseAsync(cancellationToken);
        }
    }

    private async Task EmitAsync(WatchUpdate update, CancellationToken cancellationToken)
    {
        _reported = null;
        _failures = 0;
        await updates.WriteAsync(update, cancellationToken);
    }

    private async Task ReportAsync(string reason, CancellationToken cancellationToken)
    {
        // Said once per loss, and again when the reason is another.
        if (_reported != reason)
        {
            _reported = reason;
            await updates.WriteAsync(new WatchUpdate.Disconnected(reason), cancellationToken);
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        // The other servers are tried at once; only then is there a reason to wait.
        var rounds = ++_failures / session.Endpoints.Count;
        if (_failures % session.Endpoints.Count == 0)
        {
            var pause = FirstPause * Math.Pow(2, Math.Min(rounds - 1, 10));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellationToken);
        }
    }
}
