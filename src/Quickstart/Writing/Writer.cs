using System.Collections.Immutable;
using System.Net.Sockets;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Quickstart.Writing;

/// <summary>When and where the latest commit was acknowledged.</summary>
/// <param name="At">Monotonic timestamp.</param>
/// <param name="Port">Of the server.</param>
internal sealed record Acknowledgement(long At, int Port);

/// <summary>
/// Inserts one row after another, each in a transaction of its own, and records each acknowledged commit. An insert that fails or
/// takes longer than its deadline is neither acknowledged nor repeated; the writer connects anew at once and goes on with the next id.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    /// <summary>An insert that has no answer by then is given up.</summary>
    public static readonly TimeSpan InsertDeadline = TimeSpan.FromMilliseconds(500);
    /// <summary>So long an attempt to connect may take, all hosts together.</summary>
    public static readonly TimeSpan ConnectDeadline = TimeSpan.FromMilliseconds(250);
    /// <summary>Between two failed attempts: the machine needs its processors to recover.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _connectionString;
    private readonly TimeProvider _time;
    private readonly Abandoned _abandoned = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Acknowledgement _latest;
    private ImmutableArray<OutageWindow> _windows = [];
    private volatile string? _lastProblem;
    private long _id;

    public Writer(string connectionString, TimeProvider time)
    {
        _connectionString = connectionString;
        _time = time;
        _latest = new Acknowledgement(time.GetTimestamp(), 0);
    }

    /// <summary>Ids of all acknowledged rows.</summary>
    public IdSet Acknowledged { get; } = new();

    public Acknowledgement Latest => _latest;

    /// <summary>What the last failed insert or connection met; null: nothing failed yet.</summary>
    public string? LastProblem => _lastProblem;

    /// <summary>Faulted when the writer met something that it does not expect of a database: a bug of the quickstart's own.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Waits for so long, in which commits must be acknowledged.</summary>
    /// <exception cref="QuickstartException">Nothing was acknowledged.</exception>
    public async Task ShowLifeAsync(TimeSpan calm, string before, CancellationToken cancellationToken)
    {
        var rows = Acknowledged.Count;
        await Task.Delay(calm, _time, cancellationToken);
        if (Ended.IsFaulted)
        {
            await Ended;
        }

        if (Acknowledged.Count == rows)
        {
            throw new QuickstartException(
                $"before {before}: the writer wrote nothing for {calm.TotalSeconds} s; its last error: {LastProblem ?? "none"}");
        }
    }

    public void Start() => new Thread(Run) { Name = "writer", IsBackground = true }.Start();

    /// <summary>From now on gaps are measured, until the window is closed. Others may be open at the same time.</summary>
    public OutageWindow OpenWindow()
    {
        var window = new OutageWindow(_time, _latest.At);
        ImmutableInterlocked.Update(ref _windows, (open, added) => [.. open.Where(other => !other.IsClosed), added], window);
        return window;
    }

    private void Run()
    {
        try
        {
            WriteAsync().GetAwaiter().GetResult();
            _ended.TrySetResult();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _ended.TrySetResult();
        }
        catch (Exception fault)
        {
            _ended.TrySetException(fault);
        }
    }

    private async Task WriteAsync()
    {
        NpgsqlConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            if (!_abandoned.HasRoom)
            {
                await Task.Delay(Pause, _time, _stop.Token);
                continue;
            }

            var pending = Task.CompletedTask;
            try
            {
                if (connection is null)
                {
                    connection = new NpgsqlConnection(_connectionString);
                    // The wait is bounded here: handed a token, Npgsql goes on waiting for a server that is frozen in the middle of a
                    // handshake, and before it gives up on a command it asks the frozen server to cancel it.
                    pending = connection.OpenAsync(CancellationToken.None);
                    await pending.WaitAsync(ConnectDeadline, _time, _stop.Token);
                }

                pending = InsertAsync(connection, ++_id);
                await pending.WaitAsync(InsertDeadline, _time, _stop.Token);
                Acknowledge(_id, connection.Port);
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException or SocketException)
            {
                _lastProblem = fault.Message;
                _abandoned.Take(connection!, pending);
                connection = null;
                await Task.Delay(Pause, _time, _stop.Token);
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, long id)
    {
        await using var command = new NpgsqlCommand("insert into writes (id) values ($1)", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Bigint } },
        };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
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
        if (await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromSeconds(5), _time)) == _ended.Task)
        {
            _stop.Dispose();
        }
    }
}
