using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;
using Holdfast.Engines.PostgreSql.Loss;

namespace Holdfast.Engines.PostgreSql;

/// <summary>What makes a loss between sites tellable.</summary>
public sealed partial class PostgreSqlEngine
{
    public Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken) =>
        BesideAsync("keep the log decodable", () => _lossSlots.KeepAsync(confirmedElsewhere, cancellationToken), cancellationToken);

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
            await EndToolsAsync(cancellationToken);
            var (control, end) = await _stopped.ReadAsync(cancellationToken);
            report = await _lossDecoder.RunAsync(salvaged, control, end, acknowledgedUpTo, progress, cancellationToken);
            _stopped.Forget();
        }, cancellationToken);
        return report;
    }

    public IReadOnlyList<LossReport> LossReports() => LossFiles.All(_layout.SalvageDirectory);

    public Stream? OpenLoss(string id) => LossFiles.Open(_layout.SalvageDirectory, id);

    public async Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken)
    {
        RowAnswer? answer = null;
        await BesideAsync("check rows", async () => answer = await _rowChecker.RunAsync(question, cancellationToken), cancellationToken);
        return answer!;
    }

    public async Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken)
    {
        HeartbeatMark? mark = null;
        await BesideAsync("write the heartbeat", async () => mark = await _ledger.WriteAsync(epoch, cancellationToken), cancellationToken);
        return mark!;
    }

    public async Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken)
    {
        HeartbeatMark? mark = null;
        await BesideAsync("read the heartbeat", async () => mark = await _ledger.ReadAsync(cancellationToken), cancellationToken);
        return mark;
    }

    /// <summary>For what runs beside the decisions: its faults are the caller's to tell, and no fault of the member's.</summary>
    private async Task BesideAsync(string what, Func<Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or IOException or TimeoutException
            or System.Net.Sockets.SocketException or InvalidOperationException or UnauthorizedAccessException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new EngineException($"cannot {what} at {_self.Name}: {exception.Message}", exception) { IsPassing = true };
        }
    }
}
