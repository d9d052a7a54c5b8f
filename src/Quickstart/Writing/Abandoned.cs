using Npgsql;

namespace Holdfast.Quickstart.Writing;

/// <summary>
/// Connections that the writer no longer waits for. Each is closed when its last call has ended, which for a frozen server is after
/// Npgsql's own time limits. There may be only so many at a time, so that a long stall does not use up the server's connections.
/// </summary>
internal sealed class Abandoned
{
    private const int Limit = 50;
    private int _count;

    /// <summary>Another connection may be opened. Only the writer adds, one at a time, so the answer stays true until it does.</summary>
    public bool HasRoom => Volatile.Read(ref _count) < Limit;

    /// <summary>Takes over a connection and its unfinished call. What becomes of that call is not known, and not counted.</summary>
    public void Take(NpgsqlConnection connection, Task pending)
    {
        Interlocked.Increment(ref _count);
        _ = EndAsync(connection, pending);
    }

    private async Task EndAsync(NpgsqlConnection connection, Task pending)
    {
        await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception fault) when (fault is NpgsqlException or IOException or InvalidOperationException)
        {
            // It was broken already: there is nothing left to close.
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
