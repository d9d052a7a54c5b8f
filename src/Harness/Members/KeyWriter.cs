using System.Diagnostics;

namespace Holdfast.Harness.Members;

/// <param name="At">Monotonic timestamp of the acknowledgement.</param>
/// <param name="Endpoint">Of the server that acknowledged.</param>
public sealed record WrittenKey(long Id, long At, string Endpoint)
{
    public int Port => int.Parse(Endpoint.Split(':')[1]);
}

/// <summary>
/// Sets one key after another at whichever member takes it, and records each acknowledged one. What fails counts as not acknowledged and is not
/// repeated: the writer goes on with the next member and the next id.
/// </summary>
public sealed class KeyWriter : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);
    private readonly KeyStore _store;
    private readonly Lock _gate = new();
    private readonly List<WrittenKey> _keys = [];
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stop = new();
    private volatile string _lastProblem = "none";

    private KeyWriter(KeyStore store)
    {
        _store = store;
        _thread = new Thread(Run) { IsBackground = true, Name = "key writer" };
        _thread.Start();
    }

    /// <summary>Starts writing, and returns when the first keys have been acknowledged.</summary>
    public static async Task<KeyWriter> StartAsync(KeyStore store)
    {
        var writer = new KeyWriter(store);
        await writer.GoesOnAsync(TimeSpan.FromSeconds(60));
        return writer;
    }

    public IReadOnlyList<WrittenKey> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _keys];
            }
        }
    }

    /// <summary>Waits until ten more keys have been acknowledged.</summary>
    public Task GoesOnAsync(TimeSpan deadline) => MoreAsync(10, deadline);

    /// <summary>Waits until so many more keys have been acknowledged.</summary>
    public async Task MoreAsync(int keys, TimeSpan deadline)
    {
        var wanted = Keys.Count + keys;
        await Eventually.TrueAsync(() => Keys.Count >= wanted, deadline, () => $"no write is acknowledged any more; the last problem: {_lastProblem}");
    }

    /// <summary>The longest time between two acknowledgements since a timestamp, up to the newest.</summary>
    public TimeSpan LongestGap(long since) => Gaps.Longest(Keys.Select(key => key.At), since);

    /// <summary>Stops writing and says which acknowledged keys a member on loopback lacks.</summary>
    public IReadOnlyList<WrittenKey> Lost(int port) => Lost($"127.0.0.1:{port}");

    /// <summary>Stops writing and says which acknowledged keys this member lacks.</summary>
    public IReadOnlyList<WrittenKey> Lost(string endpoint)
    {
        Stop();
        var kept = _store.Ids(endpoint);
        return [.. Keys.Where(key => !kept.Contains(key.Id))];
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Stop()
    {
        _stop.Set();
        _thread.Join();
    }

    private void Run()
    {
        RedisClient? client = null;
        for (var member = 0; !_stop.IsSet;)
        {
            var endpoint = _store.Endpoints[member % _store.Endpoints.Length];
            try
            {
                client ??= _store.Connect(endpoint);
                var id = RowTable.NextId();
                client.Call("SET", KeyStore.Key(id), $"{id}");
                lock (_gate)
                {
                    _keys.Add(new WrittenKey(id, Stopwatch.GetTimestamp(), endpoint));
                }

                _stop.Wait(Pause);
            }
            catch (IOException fault)
            {
                _lastProblem = $"{endpoint}: {fault.Message}";
                client?.Dispose();
                client = null;
                member++;
                _stop.Wait(Pause);
            }
        }

        client?.Dispose();
    }
}
