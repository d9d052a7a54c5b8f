using System.Collections.Concurrent;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>Makes connections to the member's own server through the private socket, as its administrator.</summary>
internal sealed class LocalServer(Layout layout, ServerProcess process) : IAsyncDisposable
{
    public const string MaintenanceDatabase = "postgres";

    private readonly ConcurrentDictionary<(string Purpose, string Database), NpgsqlDataSource> _sources = new();

    /// <summary>The present run of the server; a session of an earlier one is dead. Null: no server.</summary>
    public string? RunId => process.Current?.RunId;

    /// <summary>A connection that is still to be opened.</summary>
    public NpgsqlConnection Connect(string purpose, string database = MaintenanceDatabase) =>
        _sources.GetOrAdd((purpose, database), key => Create(layout.SocketDirectory, layout.Port, key.Purpose, key.Database)).CreateConnection();

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
        {
            await source.DisposeAsync();
        }
    }

    /// <summary>
    /// What all sources share: no pool, and at a deadline the connection is broken at once, for a frozen server answers no cancel
    /// request.
    /// </summary>
    public static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder address)
    {
        address.Pooling = false;
        address.Enlist = false;
        address.Timeout = 5;
        address.CancellationTimeout = -1;
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        // The types of the catalogue take a query of their own on each first connection; text needs none.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    /// <summary>Through the socket in a directory of ours; the operating system says who we are.</summary>
    public static NpgsqlDataSource Create(
        string socketDirectory, int port, string purpose, string database, string role = RoleNames.Administrator) =>
        Build(new NpgsqlConnectionStringBuilder
        {
            Host = socketDirectory,
            Port = port,
            Username = role,
            Database = database,
            ApplicationName = "holdfast_" + purpose,
            SslMode = SslMode.Disable,
        });
}
