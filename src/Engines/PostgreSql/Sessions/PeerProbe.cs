using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>Asks another member's server over the network whether it answers, on a lasting connection.</summary>
internal sealed class PeerProbe(MemberSpec peer, Secret password) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = LocalServer.Build(new NpgsqlConnectionStringBuilder
    {
        Host = peer.Address.Host,
        Port = peer.Address.Port,
        Username = RoleNames.Health,
        Password = password.Reveal(),
        Database = "postgres",
        ApplicationName = "holdfast_health",
    });
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _running;

    /// <summary>False: no answer, or not one of a serving server, within the deadline. Never throws.</summary>
    public async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var attempt = Attempt(cancellationToken);
            LeftBehind.Forget(attempt);
            await attempt.WaitAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception)
        {
            Drop();
            // It answers, if only to say no.
            return !Refusal.IsOfGoingUpOrDown(exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or TimeoutException
            or IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            Drop();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Drop();
        await _source.DisposeAsync();
    }

    private void Drop()
    {
        var running = Interlocked.Exchange(ref _running, null);
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            LeftBehind.Close(connection, running);
        }
    }

    private async Task Attempt(CancellationToken cancellationToken)
    {
        if (_connection is not { State: System.Data.ConnectionState.Open } connection)
        {
            _connection = connection = _source.CreateConnection();
            await connection.OpenAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 0 };
        _running = command;
        try
        {
            // In this order: who gives up after this either finds the command, or it is not begun.
            cancellationToken.ThrowIfCancellationRequested();
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        finally
        {
            _ = Interlocked.CompareExchange(ref _running, null, command);
        }
    }
}
