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

    /// <summary>False: no answer, or not one of a serving server, within the deadline. Never throws.</summary>
    public async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Attempt(cancellationToken).WaitAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception)
        {
            await DropAsync();
            // It answers, if only to say no.
            return !Refusal.IsOfGoingUpOrDown(exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or TimeoutException
            or IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            await DropAsync();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        await _source.DisposeAsync();
    }

    private async Task DropAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            var closing = connection.DisposeAsync().AsTask();
            await Task.WhenAny(closing, Task.CompletedTask);
            _ = closing.ContinueWith(task => _ = task.Exception, TaskScheduler.Default);
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
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
