using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using Holdfast.Harness.Members;
using Npgsql;

namespace Holdfast.Harness.Sites;

/// <summary>
/// Tries to write at every member of a store all the time, over connections that no cut touches, and keeps what was acknowledged. So it
/// sees a second writer that ordinary clients would not have found, and what becomes of the rows that it took.
/// </summary>
public sealed class OneWriterWatch : IAsyncDisposable
{
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseOfWriter = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseOfOthers = TimeSpan.FromMilliseconds(100);
    private readonly SiteStore _store;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SeenCommit> _commits = [];
    private readonly List<Task> _abandoned = [];
    private readonly Lock _gate = new();
    private readonly Task _running;

    private OneWriterWatch(SiteStore store)
    {
        _store = store;
        _running = Task.WhenAll(store.Members.Select(member => Task.Run(() => WatchAsync(member))));
    }

    /// <summary>Begins, and returns when the first commit has been acknowledged.</summary>
    public static async Task<OneWriterWatch> StartAsync(SiteStore store)
    {
        var watch = new OneWriterWatch(store);
        await watch.WritesAsync(_ => true, TimeSpan.FromSeconds(20));
        return watch;
    }

    /// <summary>All acknowledged commits, in the order of their answers.</summary>
    public ImmutableArray<SeenCommit> Commits
    {
        get
        {
            lock (_gate)
            {
                return [.. _commits];
            }
        }
    }

    /// <summary>Proven cases of two writers at a time.</summary>
    public ImmutableArray<TwoWriters> Overlaps => WritePeriods.Overlaps(Commits);

    /// <summary>Waits until a member for which the condition holds acknowledges something that was sent from now on.</summary>
    public async Task<SeenCommit> WritesAsync(Func<MemberHost, bool> wanted, TimeSpan deadline)
    {
        var since = Stopwatch.GetTimestamp();
        SeenCommit? found = null;
        await Eventually.TrueAsync(
            () =>
            {
                found = Since(since).Where(commit => wanted(_store.Member(commit.Member))).Select(commit => (SeenCommit?)commit).FirstOrDefault();
                return found is not null || (_running.IsFaulted ? throw _running.Exception! : false);
            },
            deadline, () => $"no commit is acknowledged where {_store.Name} should be written");
        return found!.Value;
    }

    /// <summary>Commits that were sent at or after a timestamp.</summary>
    public IEnumerable<SeenCommit> Since(long timestamp)
    {
        lock (_gate)
        {
            var first = _commits.FindLastIndex(commit => commit.Acknowledged < timestamp) + 1;
            return [.. _commits.Skip(first).Where(commit => commit.Sent >= timestamp)];
        }
    }

    /// <summary>Acknowledged commits that the present primary lacks.</summary>
    public async Task<ImmutableArray<SeenCommit>> LostAsync()
    {
        var acknowledged = Commits; // before the question: what comes later need not be in the answer
        var kept = await _store.Rows.IdsAsync();
        return [.. acknowledged.Where(commit => !kept.Contains(commit.Id))];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(10));
        await Task.WhenAny(Task.WhenAll(_abandoned), Task.Delay(TimeSpan.FromSeconds(2)));
        _stop.Dispose();
    }

    private async Task WatchAsync(MemberHost member)
    {
        NpgsqlConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            var wrote = false;
            var pending = Task.CompletedTask;
            try
            {
                if (connection is null)
                {
                    connection = new NpgsqlConnection(member.ApplicationConnection);
                    await (pending = connection.OpenAsync(CancellationToken.None)).WaitAsync(WriteLimit);
                }

                var id = RowTable.NextId();
                var sent = Stopwatch.GetTimestamp();
                var write = WriteAsync(connection, id);
                await (pending = write).WaitAsync(WriteLimit);
                Note(new SeenCommit(id, member.Name, await write, sent, Stopwatch.GetTimestamp()));
                wrote = true;
            }
            catch (PostgresException refusal) when (refusal.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction && connection is not null)
            {
                // A standby. The connection stays: should it be promoted, we notice at once.
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException or SocketException)
            {
                _ = fault; // it does not answer, or not yet, or no longer: whether it acknowledges is the only question here
                lock (_gate)
                {
                    _abandoned.Add(AbandonAsync(connection!, pending));
                }

                connection = null;
            }

            await Task.Delay(wrote ? PauseOfWriter : PauseOfOthers);
        }

        await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private void Note(SeenCommit commit)
    {
        lock (_gate)
        {
            _commits.Add(commit);
        }
    }

    private static async Task<string> WriteAsync(NpgsqlConnection connection, long id)
    {
        await using var command = new NpgsqlCommand(
            "insert into writes (id) values ($1) returning left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)", connection)
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
