using System.Collections.Immutable;
using System.Net.Sockets;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Clients;

/// <summary>Sets one key after another, a millisecond apart, by the rules of the client that inserts rows.</summary>
internal sealed class KeyClient : IWriteClient
{
    public const string Prefix = "written:";
    /// <summary>Between two writes: as fast as it can, a server would have millions of keys to copy before the last fault.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);
    /// <summary>After something failed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly IPrimaryFinder _finder;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private volatile Acknowledgement _latest;
    private ImmutableArray<OutageWindow> _windows = [];
    private volatile string? _lastProblem;
    private Task _running = Task.CompletedTask;
    private long _id;

    public KeyClient(IPrimaryFinder finder, TimeProvider time)
    {
        _finder = finder;
        _time = time;
        _latest = new Acknowledgement(time.GetTimestamp(), 0);
    }

    public IdSet Acknowledged { get; } = new();
    public Acknowledgement Latest => _latest;
    public string? LastProblem => _lastProblem;

    public void Start() => _running = Task.WhenAll(Task.Run(WriteAsync), _finder.ListenAsync(_stop.Token));

    public async Task ShowLifeAsync(TimeSpan calm, string before, CancellationToken cancellationToken)
    {
        var writes = Acknowledged.Count;
        await Task.Delay(calm, _time, cancellationToken);
        if (_running.IsFaulted)
        {
            await _running;
        }

        if (Acknowledged.Count == writes)
        {
            throw new QuickstartException($"before {before}: nothing was written for {calm.TotalSeconds} s; the last error: {LastProblem ?? "none"}");
        }
    }

    public OutageWindow OpenWindow()
    {
        var window = new OutageWindow(_time, _latest.At);
        ImmutableInterlocked.Update(ref _windows, (open, added) => [.. open.Where(other => !other.IsClosed), added], window);
        return window;
    }

    private async Task WriteAsync()
    {
        RedisConnection? connection = null;
        var known = 0L;
        for (var attempt = 0; !_stop.IsCancellationRequested;)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(connection is null ? Writer.ConnectDeadline : Writer.InsertDeadline);
            try
            {
                if (connection is null)
                {
                    known = _finder.Changes;
                    connection = await _finder.ConnectAsync(attempt++, limit.Token);
                    continue;
                }

                if (_finder.Changes != known)
                {
                    connection.Dispose();
                    connection = null;
                    continue;
                }

                var id = ++_id;
                await connection.CallAsync(limit.Token, "SET", $"{Prefix}{id}", $"{id}");
                Acknowledge(id, connection.Port);
                await Task.Delay(Pace, _time, CancellationToken.None);
            }
            catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
            {
                _lastProblem = fault is OperationCanceledException ? "no answer in time" : fault.Message;
                connection?.Dispose();
                connection = null;
                await Task.Delay(Pause, _time, CancellationToken.None);
            }
        }

        connection?.Dispose();
    }

    private void Acknowledge(long id, int port)
    {
        var now = _time.GetTimestamp();
        Acknowledged.Add(id);
        _latest = new Acknowledgement(now, port);
        foreach (var window in _windows)
        {
            window.Add(now);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
