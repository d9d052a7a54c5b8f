using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>
/// A lasting session that whoever waits for it can give up in the middle of a command, and that is opened anew by the next one. One command at a
/// time; its owner sees to that.
/// </summary>
internal sealed class HeldSession(Func<NpgsqlConnection> connect)
{
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _running;

    /// <summary>The server process of this session; 0 when not connected.</summary>
    public int ProcessId => Open?.ProcessID ?? 0;

    private NpgsqlConnection? Open => _connection is { State: System.Data.ConnectionState.Open } connection ? connection : null;

    /// <param name="prepare">Before the session is looked at, as part of the attempt.</param>
    /// <param name="cancellationToken">Ends the wait and not the command, which is then left behind: see <see cref="LeftBehind"/>.</param>
    public async Task<T> RunAsync<T>(string sql, Func<NpgsqlCommand, Task<T>> run, Action? prepare, CancellationToken cancellationToken)
    {
        try
        {
            var attempt = Attempt(sql, run, prepare, cancellationToken);
            LeftBehind.Forget(attempt);
            return await attempt.WaitAsync(cancellationToken);
        }
        catch
        {
            Drop();
            throw;
        }
    }

    public void Drop()
    {
        var running = Interlocked.Exchange(ref _running, null);
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            LeftBehind.Close(connection, running);
        }
    }

    private async Task<T> Attempt<T>(string sql, Func<NpgsqlCommand, Task<T>> run, Action? prepare, CancellationToken cancellationToken)
    {
        prepare?.Invoke();
        if (Open is not { } connection)
        {
            _connection = connection = connect();
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
}
