using Npgsql;

namespace Holdfast.PostgreSql.Tests.Harness;

/// <summary>A commit that has been seen waiting for acknowledgement.</summary>
internal sealed class StuckCommit : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private StuckCommit(NpgsqlConnection connection, Task task)
    {
        _connection = connection;
        Task = task;
    }

    /// <summary>Completes when the commit is acknowledged.</summary>
    public Task Task { get; }

    public static async Task<StuckCommit> StartAsync(TestGroup group, string member, string sql)
    {
        var connection = await group.ConnectAsync(member);
        var command = new NpgsqlCommand(sql, connection);
        var pid = connection.ProcessID;
        var task = command.ExecuteNonQueryAsync(group.Token);
        while (await group.AskAsync(member, $"SELECT wait_event FROM pg_stat_activity WHERE pid = {pid}") != "SyncRep")
        {
            task.IsCompleted.ShouldBeFalse("the commit was acknowledged though nobody may acknowledge it");
            await Task.Delay(5, group.Token);
        }

        // Time for a wrong acknowledgement to come; a right one cannot.
        await Task.WhenAny(task, Task.Delay(200, group.Token));
        task.IsCompleted.ShouldBeFalse("the commit was acknowledged though nobody may acknowledge it");
        return new StuckCommit(connection, task);
    }

    /// <summary>A commit that still waits would hold up the closing for its whole timeout: its connection ends with the server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Task.IsCompleted)
        {
            await _connection.DisposeAsync();
        }
        else
        {
            _ = Task.ContinueWith(
                async task =>
                {
                    _ = task.Exception;
                    await _connection.DisposeAsync();
                },
                TaskScheduler.Default);
        }
    }
}
