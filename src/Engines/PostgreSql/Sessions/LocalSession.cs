using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>
/// A lasting session with the member's own server through the private socket, as its administrator. It connects when first needed, and
/// anew after any fault. One command at a time.
/// </summary>
internal sealed class LocalSession(LocalServer server, string purpose, string database = LocalServer.MaintenanceDatabase) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _running;
    private string? _runId;

    /// <summary>The server process of this session; 0 when not connected.</summary>
    public int ProcessId =>
        _connection is { } connection && connection.State == System.Data.ConnectionState.Open ? connection.ProcessID : 0;

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
    public Task<List<string?[]>> RowsAsync(string sql, CancellationToken cancellationToken) =>
        RunAsync(sql, async command =>
        {
            var rows = new List<string?[]>();
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None))
            {
                var row = new string?[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = reader.IsDBNull(i) ? null : reader.GetFieldValue<string>(i);
                }

                rows.Add(row);
            }

            return rows;
        }, cancellationToken);

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
    public void Forget() => Drop();

    public ValueTask DisposeAsync()
    {
        Drop();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> RunAsync<T>(string sql, Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var attempt = Attempt(sql, run, cancellationToken);
            LeftBehind.Forget(attempt);
            return await attempt.WaitAsync(cancellationToken);
        }
        catch
        {
            Drop();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<T> Attempt<T>(string sql, Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        var runId = server.RunId;
        if (_runId != runId)
        {
            Drop();
            _runId = runId;
        }

        if (_connection is not { State: System.Data.ConnectionState.Open } connection)
        {
            _connection = connection = server.Connect(purpose, database);
            await connection.OpenAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        _running = command;
        try
        {
            // In this order: who gives up after this either finds the command, or it is not begun.
            cancellationToken.ThrowIfCancellationRequested();
            return await run(command);
        }
        finally
        {
            _ = Interlocked.CompareExchange(ref _running, null, command);
        }
    }

    private void Drop()
    {
        var running = Interlocked.Exchange(ref _running, null);
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            LeftBehind.Close(connection, running);
        }
    }
}
