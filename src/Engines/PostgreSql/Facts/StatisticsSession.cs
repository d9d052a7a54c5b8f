using System.Globalization;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Facts;

/// <summary>
/// A session for looking at a server's statistics, and for nothing else. It comes in as the administrator, on whose word alone the private socket
/// admits, and is <c>pg_monitor</c> from its first statement on: that role sees all statistics, and neither writes nor reads anybody's rows.
/// </summary>
internal sealed class StatisticsSession : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly HeldSession _session;

    /// <param name="layout">Of the member whose server is asked.</param>
    /// <param name="statementLimit">The server itself ends a statement that takes longer.</param>
    public StatisticsSession(Layout layout, TimeSpan statementLimit)
    {
        _source = LocalServer.Build(new NpgsqlConnectionStringBuilder
        {
            Host = layout.SocketDirectory,
            Port = layout.Port,
            Username = RoleNames.Administrator,
            Database = LocalServer.MaintenanceDatabase,
            ApplicationName = "holdfast_facts",
            SslMode = SslMode.Disable,
            Options = "-c role=pg_monitor -c default_transaction_read_only=on -c search_path=pg_catalog -c lock_timeout=2s -c statement_timeout=" +
                statementLimit.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
        });
        _session = new HeldSession(_source.CreateConnection);
    }

    /// <summary>All rows; every column must be text.</summary>
    public Task<List<string?[]>> RowsAsync(string sql, CancellationToken cancellationToken) =>
        _session.RunAsync(sql, TextRows.ReadAsync, prepare: null, cancellationToken);

    public async Task<string?[]> RowAsync(string sql, CancellationToken cancellationToken) => (await RowsAsync(sql, cancellationToken))[0];

    public async ValueTask DisposeAsync()
    {
        _session.Drop();
        await _source.DisposeAsync();
    }
}
