using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;

namespace Holdfast.Harness.Members;

/// <param name="At">Monotonic timestamp of the acknowledgement.</param>
/// <param name="Address">Of the server that acknowledged.</param>
/// <param name="Port">Of that server.</param>
/// <param name="Names"><c>synchronous_standby_names</c> in the session when it wrote; empty: one copy was enough.</param>
/// <param name="Took">From sending the commit to its acknowledgement.</param>
public sealed record Acknowledged(long Id, long At, string Address, int Port, string Names, TimeSpan Took);

/// <summary>
/// Inserts one row after another, each in a transaction of its own, and records each acknowledged one. What fails or takes too long
/// counts as not acknowledged and is not repeated; the writer connects anew and goes on with the next id.
/// </summary>
public sealed class RowWriter : IAsyncDisposable
{
    private static readonly TimeSpan InsertLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly RowTable _table;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Acknowledged> _rows = [];
    private readonly List<long> _doubtful = [];
    private readonly List<Task> _abandoned = [];
    private readonly Lock _gate = new();
    private readonly Task _running;
    private volatile string _lastProblem = "none";

    private RowWriter(RowTable table)
    {
        _table = table;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Starts writing, and returns when the first rows have been acknowledged.</summary>
    public static async Task<RowWriter> StartAsync(RowTable table)
    {
        var writer = new RowWriter(table);
        await writer.GoesOnAsync(TimeSpan.FromSeconds(20));
        return writer;
    }

    public IReadOnlyList<Acknowledged> Rows
    {
        get
        {
            lock (_gate)
            {
                return [.. _rows];
            }
        }
    }

    /// <summary>Ids whose commit was sent and got no answer, or an error: they may be there, or not.</summary>
    public IReadOnlyList<long> Doubtful
    {
        get
        {
            lock (_gate)
            {
                return [.. _doubtful];
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count;
            }
        }
    }

    /// <summary>Waits until ten more rows have been acknowledged.</summary>
    public Task GoesOnAsync(TimeSpan deadline) => MoreAsync(10, deadline);

    /// <summary>Waits until so many more rows have been acknowledged.</summary>
    public async Task MoreAsync(int rows, TimeSpan deadline)
    {
        var wanted = Count + rows;
        await Eventually.TrueAsync(
            () => Count >= wanted || (_running.IsFaulted ? throw _running.Exception! : false), deadline,
            () => $"no commit is acknowledged any more; the last problem: {_lastProblem}");
    }

    /// <summary>The longest time between two acknowledgements since a timestamp, up to the newest.</summary>
    public TimeSpan LongestGap(long since) => Gaps.Longest(Rows.Select(row => row.At), since);

    /// <summary>Stops writing and says which acknowledged rows the present primary lacks.</summary>
    public async Task<IReadOnlyList<long>> LostAsync()
    {
        await StopAsync();
        var kept = await _table.IdsAsync();
        return [.. Rows.Select(row => row.Id).Where(id => !kept.Contains(id))];
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Task.WhenAny(Task.WhenAll(_abandoned), Task.Delay(TimeSpan.FromSeconds(2)));
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        NpgsqlConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            var pending = Task.CompletedTask;
            long? sent = null;
            try
            {
                if (connection is null)
                {
                    connection = new NpgsqlConnection(_table.ConnectionString);
                    pending = connection.OpenAsync(CancellationToken.None);
                    await pending.WaitAsync(ConnectLimit);
                }

                var id = RowTable.NextId();
                sent = id;
                var start = Stopwatch.GetTimestamp();
                var insert = InsertAsync(connection, id);
                pending = insert;
                await pending.WaitAsync(InsertLimit);
                Note(new Acknowledged(
                    id, Stopwatch.GetTimestamp(), connection.Host ?? "", connection.Port, await insert, Stopwatch.GetElapsedTime(start)));
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException or SocketException)
            {
                // A frozen server answers nothing, not even a cancel: the wait is bounded here, and the connection left to itself.
                _lastProblem = fault.Message;
                Doubt(sent);
                _abandoned.Add(AbandonAsync(connection!, pending));
                connection = null;
            }

            await Task.Delay(Pause);
        }

        await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private void Note(Acknowledged row)
    {
        lock (_gate)
        {
            _rows.Add(row);
        }
    }

    private void Doubt(long? id)
    {
        lock (_gate)
        {
            _doubtful.AddRange(id is { } sent ? [sent] : []);
        }
    }

    private static async Task<string> InsertAsync(NpgsqlConnection connection, long id)
    {
        await using var command = new NpgsqlCommand("insert into writes (id) values ($1) returning current_setting('synchronous_standby_names')", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = id } },
        };
        return (string)(await command.ExecuteScalarAsync(CancellationToken.None))!;
    }

    private static async Task AbandonAsync(NpgsqlConnection connection, Task pending)
    {
        await pending.ContinueWith(_ => { }, TaskScheduler.Default);
        await connection.DisposeAsync();
    }
}
