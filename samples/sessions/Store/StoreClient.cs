using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Holdfast.Sessions.Store;

/// <summary>
/// The store behind its one address: a pool of connections, and patience. While the store is away, or answers that it may not serve yet or no longer,
/// a call waits and tries again until the declared time is over. So a command may be carried out twice: all that are sent here may be (they put
/// a whole value, take one away, or read).
/// </summary>
internal sealed class StoreClient(StoreOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A server that loads its data, has become a replica, has lost its own primary or its replicas, cannot write to its disk, or is closed to applications
    /// until it is settled who the primary is (their user is off, which cannot be told from a wrong password): another one will take over, or it recovers.
    /// </summary>
    private static readonly string[] PassingErrors =
    [
        "LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "WRONGPASS", "NOAUTH", "NOPERM",
    ];

    private readonly SemaphoreSlim _slots = new(options.Connections);
    private readonly ConcurrentStack<Pooled> _idle = new();
    private int _generation;

    public StoreOptions Options => options;

    /// <exception cref="StoreAwayException">The store did not come back in time.</exception>
    /// <exception cref="StoreErrorException">The store refuses; waiting would not help.</exception>
    public async Task<Reply> CallAsync(CancellationToken cancellationToken, params Word[] command)
    {
        var start = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var left = options.Patience - time.GetElapsedTime(start);
            Exception reason;
            try
            {
                return await AttemptAsync(command, left, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or SocketException or TimeoutException)
            {
                reason = exception;
            }

            if (time.GetElapsedTime(start) + pause > options.Patience)
            {
                throw new StoreAwayException(
                    $"the store at {options.Address} did not come back within {options.Patience.TotalSeconds:0.#} s: {reason.Message}", reason);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    public void Dispose()
    {
        while (_idle.TryPop(out var pooled))
        {
            pooled.Connection.Dispose();
        }

        _slots.Dispose();
    }

    private async Task<Reply> AttemptAsync(Word[] command, TimeSpan left, CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken))
        {
            throw new TimeoutException("all connections wait for it");
        }

        Pooled? pooled = null;
        using var deadline = new CancellationTokenSource(options.Attempt, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            pooled = await TakeAsync(either.Token);
            var reply = await pooled.Connection.CallAsync(command, either.Token);
            if (reply.IsError && PassingErrors.Contains(reply.ErrorKind))
            {
                throw new IOException(reply.Text);
            }

            _idle.Push(pooled);
            pooled = null;
            return reply.IsError ? throw new StoreErrorException($"the store at {options.Address} refuses: {reply.Text}") : reply;
        }
        catch (OperationCanceledException canceled) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Distrust(pooled);
            throw new TimeoutException($"no answer within {options.Attempt.TotalSeconds:0.#} s", canceled);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            Distrust(pooled);
            throw;
        }
        finally
        {
            pooled?.Connection.Dispose();
            _slots.Release();
        }
    }

    /// <summary>What one connection has suffered the others have, too: none that was made before it is used again.</summary>
    private void Distrust(Pooled? pooled)
    {
        if (pooled is not null)
        {
            Interlocked.CompareExchange(ref _generation, pooled.Generation + 1, pooled.Generation);
        }
    }

    private async Task<Pooled> TakeAsync(CancellationToken cancellationToken)
    {
        var generation = Volatile.Read(ref _generation);
        while (_idle.TryPop(out var pooled))
        {
            if (pooled.Generation == generation)
            {
                return pooled;
            }

            pooled.Connection.Dispose();
        }

        var connection = await RespConnection.ConnectAsync(options.Host, options.Port, cancellationToken);
        try
        {
            await GreetAsync(connection, cancellationToken);
            return new Pooled(connection, generation);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Nothing that changes data is sent before the server itself has answered. What stands between may hold a new connection back for a while;
    /// if we gave it up then with a write inside, the write could come in late, over a newer one.
    /// </summary>
    private async Task GreetAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        Word[] greeting = options switch
        {
            { Password: null } => ["PING"],
            { User: null } => ["AUTH", options.Password],
            _ => ["AUTH", options.User, options.Password],
        };
        var reply = await connection.CallAsync(greeting, cancellationToken);
        if (reply.IsError)
        {
            throw PassingErrors.Contains(reply.ErrorKind)
                ? new IOException(reply.Text)
                : new StoreErrorException($"the store at {options.Address} refuses: {reply.Text}");
        }
    }

    private sealed record Pooled(RespConnection Connection, int Generation);
}
