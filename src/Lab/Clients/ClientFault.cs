using System.Net.Sockets;
using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>What a client meets when servers and networks fail.</summary>
internal static class ClientFault
{
    public static bool OfConnection(Exception fault) =>
        fault is NpgsqlException or TimeoutException or IOException or SocketException or ObjectDisposedException;

    /// <summary>The server has refused the statement and undone the transaction; after anything worse nobody knows.</summary>
    public static bool IsRefusal(Exception fault) => fault is PostgresException { InvariantSeverity: "ERROR" };
}

/// <summary>Connections that were given up while something was pending on them: nobody waits for a server that stands still.</summary>
internal static class Abandoned
{
    /// <summary>Closes the connection when what is pending has ended, however it ends.</summary>
    public static async Task DisposeAfterAsync(Task pending, NpgsqlConnection connection)
    {
        await pending.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await connection.DisposeAsync();
    }
}
