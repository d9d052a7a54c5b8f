using System.Diagnostics;
using Holdfast.Harness.Members;
using Npgsql;

namespace Holdfast.Gate.Tests.EndToEnd;

/// <summary>
/// A client that comes anew for each row, again and again: connects through the gate, inserts, leaves. An attempt to connect that fails is
/// what a change of primary must not cause; a statement that is broken off is.
/// </summary>
public sealed class Callers : IAsyncDisposable
{
    private readonly string _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<string> _failed = [];
    private readonly List<long> _acknowledged = [];
    private readonly List<(long At, TimeSpan Took)> _attempts = [];
    private readonly Task _running;

    public Callers(string connection, int number = 2)
    {
        _connection = connection;
        _running = Task.WhenAll(Enumerable.Range(0, number).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>Attempts to connect that failed, each with its message.</summary>
    public IReadOnlyList<string> Failed => Copy(_failed);
    public IReadOnlyList<long> Acknowledged => Copy(_acknowledged);

    /// <summary>The longest that an attempt took since a timestamp.</summary>
    public TimeSpan LongestAttempt(long since) => Copy(_attempts).Where(attempt => attempt.At >= since).Select(attempt => attempt.Took).DefaultIfEmpty().Max();

    public async Task GoesOnAsync(int rows = 10)
    {
        var wanted = Acknowledged.Count + rows;
        await Eventually.TrueAsync(
            () => Acknowledged.Count >= wanted, TimeSpan.FromSeconds(20), () => $"no row is acknowledged any more; failed: {string.Join(" | ", Failed)}");
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await using var connection = new NpgsqlConnection(_connection);
            var begun = Stopwatch.GetTimestamp();
            try
            {
                await connection.OpenAsync(CancellationToken.None);
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
            {
                Note(_failed, $"after {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms: {fault.Message} {fault.InnerException?.Message}");
                continue;
            }
            finally
            {
                Note(_attempts, (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(begun)));
            }

            var id = RowTable.NextId();
            try
            {
                await using var insert = new NpgsqlCommand("insert into writes (id) values ($1)", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = id } } };
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                Note(_acknowledged, id);
            }
            catch (NpgsqlException)
            {
                continue; // A statement that was under way when the primary changed: the client cannot know, and does it anew.
            }

            await Task.Delay(5, CancellationToken.None);
        }
    }

    private void Note<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            list.Add(item);
        }
    }

    private IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_gate)
        {
            return [.. list];
        }
    }
}
