using System.Net.Sockets;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis;

/// <summary>
/// What goes on beside the calls, about once a second: it decides nothing, and each piece of it is done again until it is seen to be done, so that an agent
/// that was killed in the middle leaves nothing half made.
/// </summary>
public sealed partial class RedisEngine
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private string? _lastTrouble;

    private async Task KeepUpAsync()
    {
        await EndLeftRestoreAsync();
        while (!_ending.IsCancellationRequested)
        {
            var settled = false;
            try
            {
                using var limit = new CancellationTokenSource(Usual, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ending.Token);
                settled = _process.Current is null || _credentials.IsEmpty || _stopping || await KeepUpOnceAsync(either.Token);
                _lastTrouble = null;
            }
            catch (Exception exception) when (IsOfServer(exception) || exception is OperationCanceledException or EngineException)
            {
                // One that cannot be reached yet starts; that it ended is told elsewhere.
                settled = exception is not (IOException or SocketException);
                if (settled && exception is not OperationCanceledException && exception.Message != _lastTrouble && !_stopping)
                {
                    _lastTrouble = exception.Message;
                    _log($"upkeep of {_self.Name}: {exception.Message}");
                }
            }

            try
            {
                await _keepUpNow.WaitAsync(settled ? Usual : Soon, _ending.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <returns>False: it starts, or reads its data; look again soon.</returns>
    private async Task<bool> KeepUpOnceAsync(CancellationToken cancellationToken)
    {
        var look = await _ends.NoteAsync(_upkeep, now => now, cancellationToken);
        if (look.Info.IsLoading)
        {
            return false;
        }

        if (_applied != WantedUsers)
        {
            await ApplyUsersAsync(_upkeep, cancellationToken);
        }

        if (!look.Info.WritesLog)
        {
            await _upkeep.CallAsync(cancellationToken, "CONFIG", "SET", "appendonly", "yes");
        }

        if (!look.Info.IsPrimary)
        {
            _history.NoteFrom(look);
        }
        else if (_state.Current is { Role: not ToldRole.Standby, AcceptsAlone: true })
        {
            await BeginHistoryAsync(cancellationToken);
        }

        return true;
    }
}
