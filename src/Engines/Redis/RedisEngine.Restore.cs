using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Loss;

namespace Holdfast.Engines.Redis;

/// <summary>Brings back what a deposed primary alone had.</summary>
public sealed partial class RedisEngine
{
    public async Task<LossRestored> RestoreLossAsync(
        string report, bool dryRun, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, cancellationToken);
        if (!await _restoring.WaitAsync(Usual, either.Token))
        {
            throw new EngineException($"keys are being brought back from {_self.Name} already: wait until that has ended") { IsPassing = true };
        }

        try
        {
            var credentials = Credentials();
            await WriteUsersAsync(either.Token);
            return await _restorer.RunAsync(
                report, dryRun, _history.OnDisk?.Newest?.Timeline ?? 0,
                new RestorePasswords(credentials[Users.ReaderCredential], credentials[Users.RestorerCredential], credentials[Users.ReplicationCredential]),
                progress, either.Token);
        }
        catch (Exception exception) when (IsOfServer(exception))
        {
            throw new EngineException($"cannot bring keys back from {_self.Name}: {exception.Message}", exception) { IsPassing = true };
        }
        finally
        {
            _restoring.Release();
        }
    }

    /// <summary>The server that reads what was salvaged has the same users.</summary>
    private async Task WriteUsersAsync(CancellationToken cancellationToken)
    {
        await _usersTurn.WaitAsync(cancellationToken);
        try
        {
            _users.Write(Credentials(), _state.Current);
        }
        finally
        {
            _usersTurn.Release();
        }
    }

    /// <summary>Leftovers of an agent that was killed at it.</summary>
    private async Task EndLeftRestoreAsync()
    {
        await _restoring.WaitAsync();
        try
        {
            await _restoreServer.EndLeftAsync();
        }
        catch (Exception exception) when (IsOfServer(exception) || exception is EngineException)
        {
            _log($"what was left of bringing keys back cannot be removed: {exception.Message}");
        }
        finally
        {
            _restoring.Release();
        }
    }
}
