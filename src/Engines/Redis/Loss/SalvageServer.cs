using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>Reads what was salvaged with a server of its own, which works on a copy and which only Holdfast can reach.</summary>
/// <param name="place">Its own; nothing there lasts.</param>
internal sealed class SalvageServer(
    ServerPlace place, Programs programs, ServerConfiguration configuration, Users users, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    /// <param name="directory">What was salvaged.</param>
    /// <param name="fromSnapshot">It is to be read from its snapshot, not from its log.</param>
    /// <param name="read">Gets a connection to the server, which has read all of it.</param>
    public async Task<T> ReadAsync<T>(
        string directory, bool fromSnapshot, Secret replication, Func<RespConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await EndLeftAsync();
        using var process = new ServerProcess(place, programs, time, log);
        try
        {
            await Task.Run(() => Copy(directory, place.Data, cancellationToken), cancellationToken);
            configuration.WriteForSalvaged(place, log: !fromSnapshot, replication);
            await process.StartAsync(cancellationToken);
            using var connection = await LoadedAsync(process, cancellationToken);
            return await read(connection);
        }
        finally
        {
            await process.StopImmediatelyAsync();
            DirectoryWork.Remove(place.Data);
        }
    }

    /// <summary>Leftovers of an agent that was killed at it.</summary>
    public async Task EndLeftAsync()
    {
        using var process = new ServerProcess(place, programs, time, log);
        if (process.Current is not null)
        {
            await process.StopImmediatelyAsync();
        }

        DirectoryWork.Remove(place.Data);
    }

    private static void Copy(string from, string to, CancellationToken cancellationToken)
    {
        DirectoryWork.CreateOwnerOnly(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)), cancellationToken);
        }
    }

    private async Task<RespConnection> LoadedAsync(ServerProcess process, CancellationToken cancellationToken)
    {
        while (process.Current is not null)
        {
            RespConnection? connection = null;
            try
            {
                connection = await RespConnection.ConnectAsync(place.Socket, cancellationToken, KeyText.Raw);
                await connection.CallAsync(cancellationToken, "AUTH", Users.Control, users.ControlPassword().Reveal());
                if (!new ServerInfo((await connection.CallAsync(cancellationToken, "INFO")).Text!).IsLoading)
                {
                    return connection;
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or RespErrorException { Kind: "LOADING" })
            {
                log($"what was salvaged is being read: {exception.Message}");
            }

            connection?.Dispose();
            await Task.Delay(Step, time, cancellationToken);
        }

        throw new EngineException($"the server that reads what was salvaged has ended: see {place.Log}");
    }
}
