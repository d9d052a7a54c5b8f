using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Npgsql.Replication;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>
/// Asks a standby for the timeline that it has replayed, together with how far it is on that timeline. Only the replication protocol
/// tells; there is no such function in SQL.
/// </summary>
internal sealed class TimelineSession(Layout layout, LocalServer server) : IAsyncDisposable
{
    private PhysicalReplicationConnection? _connection;
    private string? _runId;

    public async Task<LogPosition> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var attempt = Attempt(cancellationToken);
            LeftBehind.Forget(attempt);
            return await attempt.WaitAsync(cancellationToken);
        }
        catch
        {
            Drop();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    private void Drop()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            LeftBehind.Forget(connection.DisposeAsync().AsTask());
        }
    }

    private async Task<LogPosition> Attempt(CancellationToken cancellationToken)
    {
        var runId = server.RunId;
        if (_runId != runId)
        {
            Drop();
            _runId = runId;
        }

        if (_connection is not { } connection)
        {
            var address = new Npgsql.NpgsqlConnectionStringBuilder
            {
                Host = layout.SocketDirectory,
                Port = layout.Port,
                Username = RoleNames.Administrator,
                ApplicationName = "holdfast_timeline",
                SslMode = Npgsql.SslMode.Disable,
                Timeout = 5,
                CancellationTimeout = -1,
            };
            connection = new PhysicalReplicationConnection(address.ConnectionString);
            _connection = connection;
            await connection.Open(cancellationToken);
        }

        var answer = await connection.IdentifySystem(cancellationToken);
        return new LogPosition(answer.Timeline, new Lsn((ulong)answer.XLogPos));
    }
}
