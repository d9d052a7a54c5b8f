using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;

namespace Holdfast.FailoverBench.Clients;

/// <summary>Asks one server after another for its part, as Npgsql does with several hosts.</summary>
internal sealed class FinderByRole(ImmutableArray<int> servers, string user, string password) : IPrimaryFinder
{
    public Task<RedisConnection> ConnectAsync(int attempt, CancellationToken cancellationToken) => FirstAsync(
        servers, attempt, async port => await OpenPrimaryAsync(port, user, password, cancellationToken));

    /// <exception cref="IOException">It is no primary.</exception>
    public static async Task<RedisConnection> OpenPrimaryAsync(int port, string user, string password, CancellationToken cancellationToken)
    {
        var connection = await RedisConnection.OpenAsync(port, user, password, cancellationToken);
        try
        {
            return await connection.AskAsync(cancellationToken, "ROLE") == "master"
                ? connection
                : throw new IOException($"the server at port {port} is no primary");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The first that does not fail, beginning with another at each attempt.</summary>
    public static async Task<RedisConnection> FirstAsync(ImmutableArray<int> ports, int attempt, Func<int, Task<RedisConnection>> connect)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await connect(ports[(attempt + tried) % ports.Length]);
            }
            catch (Exception fault) when (tried < ports.Length && fault is IOException or SocketException)
            {
                continue; // the next may know better
            }
        }
    }
}

/// <summary>
/// Asks the sentinels where the primary is, and that server whether it is one, and listens to them for the news that another is: all that the
/// documentation of Sentinel asks of its clients.
/// </summary>
internal sealed class FinderBySentinels(ImmutableArray<int> sentinels, string name, string user, string password) : IPrimaryFinder
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private long _changes;

    public long Changes => Volatile.Read(ref _changes);

    public Task ListenAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(sentinels.Select(sentinel => ListenAsync(sentinel, cancellationToken)));

    private async Task ListenAsync(int sentinel, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var connection = await RedisConnection.OpenAsync(sentinel, "default", null, cancellationToken);
                await connection.CallAsync(cancellationToken, "SUBSCRIBE", "+switch-master");
                while (true)
                {
                    await connection.NextAsync(cancellationToken);
                    Interlocked.Increment(ref _changes);
                }
            }
            catch (Exception fault) when (fault is IOException or SocketException)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public Task<RedisConnection> ConnectAsync(int attempt, CancellationToken cancellationToken) => FinderByRole.FirstAsync(
        sentinels, attempt, async sentinel =>
        {
            using var asked = await RedisConnection.OpenAsync(sentinel, "default", null, cancellationToken);
            var address = await asked.CallAsync(cancellationToken, "SENTINEL", "get-master-addr-by-name", name);
            return address is [_, { } port]
                ? await FinderByRole.OpenPrimaryAsync(int.Parse(port, CultureInfo.InvariantCulture), user, password, cancellationToken)
                : throw new IOException($"the sentinel at port {sentinel} knows no primary");
        });
}
