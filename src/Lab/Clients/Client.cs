using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>Does one thing after another on one connection; after a fault it gives the connection up and takes another.</summary>
internal abstract class Client(string name, IRoute route, TimeSpan pause)
{
    /// <summary>An application that waits longer than this for an answer does not believe in it any more.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public string Name { get; } = name;

    protected IRoute Route { get; } = route;

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var (connection, door) = ((NpgsqlConnection?)null, (Door?)null);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var pending = new Pending();
                try
                {
                    if (connection is null)
                    {
                        door = await Route.NextAsync(door, stop);
                        connection = new NpgsqlConnection(door.Connection);
                        await pending.WaitAsync(connection.OpenAsync(CancellationToken.None), Limit);
                    }

                    await OnceAsync(connection, pending);
                }
                catch (Exception fault) when (ClientFault.OfConnection(fault))
                {
                    // What it means for what was under way has been noted there.
                    _ = Abandoned.DisposeAfterAsync(pending.Last, connection!);
                    connection = null;
                }

                await Task.Delay(pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }

        await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>One thing. Whatever it sends goes through <paramref name="pending"/>.</summary>
    protected abstract Task OnceAsync(NpgsqlConnection connection, Pending pending);

    /// <summary>What was sent last and is perhaps still without an answer.</summary>
    protected sealed class Pending
    {
        public Task Last { get; private set; } = Task.CompletedTask;

        public async Task WaitAsync(Task task, TimeSpan? limit = null)
        {
            Last = task;
            await task.WaitAsync(limit ?? Limit);
        }

        public async Task<T> WaitAsync<T>(Task<T> task)
        {
            Last = task;
            return await task.WaitAsync(Limit);
        }
    }
}
