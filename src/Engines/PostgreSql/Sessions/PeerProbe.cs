using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>Asks another member's server over the network whether it answers, on a lasting connection.</summary>
internal sealed class PeerProbe : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly HeldSession _session;

    public PeerProbe(MemberSpec peer, Secret password)
    {
        _source = LocalServer.Build(new NpgsqlConnectionStringBuilder
        {
            Host = peer.Address.Host,
            Port = peer.Address.Port,
            Username = RoleNames.Health,
            Password = password.Reveal(),
            Database = "postgres",
            ApplicationName = "holdfast_health",
        });
        _session = new HeldSession(_source.CreateConnection);
    }

    /// <summary>False: no answer, or not one of a serving server, within the deadline. Never throws.</summary>
    public async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _session.RunAsync("SELECT 1", command => command.ExecuteNonQueryAsync(CancellationToken.None), prepare: null, cancellationToken);
            return true;
        }
        catch (PostgresException exception)
        {
            // It answers, if only to say no.
            return !Refusal.IsOfGoingUpOrDown(exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or TimeoutException
            or IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _session.Drop();
        await _source.DisposeAsync();
    }
}
