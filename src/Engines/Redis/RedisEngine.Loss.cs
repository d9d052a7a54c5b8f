using System.Net.Sockets;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis;

/// <summary>What makes a loss tellable.</summary>
public sealed partial class RedisEngine
{
    /// <remarks>The data themselves are compared; nothing has to be kept for that.</remarks>
    public Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<LossReport?> DecodeLossAsync(
        SalvageReport salvaged, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        if (salvaged.Directory is null)
        {
            return null;
        }

        LossReport? report = null;
        await AtEdgeAsync("list what was lost", async () =>
        {
            RequireStopped("list what was lost");
            _users.Write(Credentials(), _state.Current);
            report = await _lossFinder.RunAsync(
                salvaged, _history.OnDisk?.SystemId ?? "", BeginsWithSnapshot(), Credentials()[Users.ReaderCredential],
                Credentials()[Users.ReplicationCredential], progress, cancellationToken);
        }, cancellationToken);
        return report;
    }

    public IReadOnlyList<LossReport> LossReports() => LossFiles.All(_layout.SalvageDirectory);

    public Stream? OpenLoss(string id) => LossFiles.Open(_layout.SalvageDirectory, id);

    public async Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = await RespConnection.ConnectAsync(_layout.Socket, cancellationToken, KeyText.Raw);
            await connection.CallAsync(cancellationToken, "AUTH", Users.Control, _users.ControlPassword().Reveal());
            if (!new ServerInfo((await connection.CallAsync(cancellationToken, "INFO", "replication")).Text!).IsPrimary)
            {
                throw new EngineException($"{_self.Name} is not the primary") { IsPassing = true };
            }

            await connection.CallAsync(cancellationToken, "SELECT", question.Database);
            var values = await KeyText.ReadAsync(connection, [.. question.Keys.Select(key => KeyText.Untell(key[0]))], cancellationToken);
            return new RowAnswer([.. values.Zip(question.Keys, (value, key) => value is null ? null : Found(question, key[0], value))]);
        }
        catch (Exception exception) when (exception is IOException or SocketException or RespErrorException or FormatException)
        {
            throw new EngineException($"cannot check keys at {_self.Name}: {exception.Message}", exception) { IsPassing = true };
        }
    }

    public Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken) =>
        BeatAsync("write the ledger", () => _ledger.WriteAsync(epoch, cancellationToken));

    public Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken) =>
        BeatAsync("read the ledger", () => _ledger.ReadAsync(cancellationToken));

    /// <summary>Its faults are no others': it runs beside them.</summary>
    private async Task<T> BeatAsync<T>(string what, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (IsOfServer(exception))
        {
            throw new EngineException($"cannot {what} at {_self.Name}: {exception.Message}", exception) { IsPassing = true };
        }
    }

    /// <summary>When a key was written, such a server does not know.</summary>
    private static RowFound Found(RowQuestion question, string key, KeyValue value) => new(null,
        [
            .. question.Columns.Select(column => column switch
            {
                LossFinder.KeyColumn => Fingerprint.Of(key),
                LossFinder.TypeColumn => value.Type,
                _ => Fingerprint.Of(value.Text),
            }),
        ]);
}
