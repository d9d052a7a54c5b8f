using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>
/// Gives up a session in the middle of a command. The driver cancels a command by a second connection, on whose answer the calling thread waits:
/// a frozen server keeps it for seconds. Where a token cancelled the command, that was a thread of the pool, and the callbacks behind it waited
/// too: deadlines passed unheeded, and on two processors the whole agent stood still just when the frozen primary was to be replaced. So commands
/// get no token; who waits for them gives up at the deadline, and the rest is done here, on a thread of its own.
/// </summary>
internal static class LeftBehind
{
    /// <param name="running">What the server is doing; it is asked to stop doing it. Null: nothing, and the session is only closed.</param>
    public static void Close(NpgsqlConnection connection, NpgsqlCommand? running)
    {
        var closing = running is null
            ? connection.DisposeAsync().AsTask()
            : Task.Factory.StartNew(
                () =>
                {
                    running.Cancel();
                    connection.Dispose();
                }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Forget(closing);
    }

    /// <summary>Nobody waits for it any more, so nobody hears how it ends.</summary>
    public static void Forget(Task task) => _ = task.ContinueWith(ended => _ = ended.Exception, TaskScheduler.Default);
}
