using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>
/// A lasting session with the member's own server through the private socket, as its administrator. It connects when first needed, and
/// anew after any fault. One command at a time.
/// </summary>
internal sealed class LocalSession(LocalServer server, string purpose, string database = LocalServer.MaintenanceDatabase) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HeldSession _session = new(() => server.Connect(purpose, database));
    private string? _runId;

    /// <summary>The server process of this session; 0 when not connected.</summary>
    public int ProcessId => _session.ProcessId;

    /// <summary>A new session, which therefore begins with what the server has taken up by now.</summary>
    public static async Task<string?> AskFreshAsync(LocalServer server, string sql, CancellationToken cancellationToken)
    {
        await using var session = new LocalSession(server, "fresh");
        return await session.ValueAsync(sql, cancellationToken);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        await RunAsync(sql, async command => await command.ExecuteNonQueryAsync(CancellationToken.None), cancellationToken);

    /// <summary>The first column of the first row as text; null: no row, or NULL.</summary>
    public async Task<string?> ValueAsync(string sql, CancellationToken cancellationToken) =>
        (await RowsAsync(sql, cancellationToken)).FirstOrDefault()?[0];

    /// <summary>All rows; every column must be text.</summary>
    public Task<List<string?[]>> RowsAsync(string sql, CancellationToken cancellationToken) => RunAsync(sql, TextRows.ReadAsync, cancellationToken);

    /// <summary>Runs a command; true when the server warned about it.</summary>
    public async Task<bool> WarnsAsync(string sql, CancellationToken cancellationToken)
    {
        var warned = false;
        await RunAsync(sql, async command =>
        {
            void OnNotice(object sender, NpgsqlNoticeEventArgs notice) => warned |= notice.Notice.InvariantSeverity == "WARNING";
            command.Connection!.Notice += OnNotice;
            try
            {
                return await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
            finally
            {
                command.Connection.Notice -= OnNotice;
            }
        }, cancellationToken);
        return warned;
    }

    /// <summary>Opens the session so that the first command need not; a fault is left for that command to meet.</summary>
    public async Task<int> OpenAsync(CancellationToken cancellationToken)
    {
        await RowsAsync("SELECT ''", cancellationToken);
        return ProcessId;
    }

    /// <summary>The server has ended: the next command begins with a session to whatever runs then, instead of finding out.</summary>
    public void Forget() => _session.Drop();

    public ValueTask DisposeAsync()
    {
        _session.Drop();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> RunAsync<T>(string sql, Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await _session.RunAsync(sql, run, BeginAnewAfterRestart, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void BeginAnewAfterRestart()
    {
        var runId = server.RunId;
        if (_runId != runId)
        {
            _session.Drop();
            _runId = runId;
        }
    }
}
