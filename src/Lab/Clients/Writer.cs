using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Plans;
using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>Writes rows, and appends the same entry to two or three lists in one transaction, in turns as the dice fall.</summary>
/// <param name="appends">Of a hundred writes.</param>
internal sealed class Writer(string name, IRoute route, Journal journal, Draw draw, int appends, TimeSpan pause) : Client(name, route, pause)
{
    private const string Who =
        "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), current_setting('synchronous_standby_names'), current_setting('cluster_name')";

    protected override async Task OnceAsync(NpgsqlConnection connection, Pending pending)
    {
        var attempt = new Attempt(journal.NextId(), draw.Chance(appends) ? Keys() : [], Stopwatch.GetTimestamp());
        try
        {
            await (attempt.Keys.IsEmpty ? WriteRowAsync(connection, pending, attempt) : AppendAsync(connection, pending, attempt));
            Note(attempt, Outcome.Acknowledged);
        }
        catch (PostgresException refusal) when (refusal.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // A standby, which is what most members are. A pinned writer stays: should it be promoted, that is noticed at once.
            Note(attempt, Outcome.Failed);
            if (Route.Roams)
            {
                throw;
            }
        }
        catch (Exception fault) when (ClientFault.OfConnection(fault))
        {
            var isOpen = attempt.CommitSent && !ClientFault.IsRefusal(fault);
            Note(attempt, isOpen ? Outcome.Indeterminate : Outcome.Failed);
            if (isOpen && !pending.Last.IsCompleted)
            {
                journal.Listen(ListenAsync(pending.Last, attempt));
            }

            throw;
        }
    }

    /// <summary>A server that stood still, or a slow way, may acknowledge it yet.</summary>
    private async Task ListenAsync(Task commit, Attempt attempt)
    {
        await commit.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (commit.IsCompletedSuccessfully)
        {
            journal.Answer(WriteOf(attempt, Outcome.Acknowledged) with { IsLate = true });
        }
    }

    private static Task WriteRowAsync(NpgsqlConnection connection, Pending pending, Attempt attempt)
    {
        attempt.CommitSent = true;
        return pending.WaitAsync(InsertAsync(connection, attempt));
    }

    private static async Task InsertAsync(NpgsqlConnection connection, Attempt attempt)
    {
        await using var command = new NpgsqlCommand($"insert into rows (id, client) values ($1, 'w') returning {Who}", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = attempt.Id } },
        };
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        await reader.ReadAsync(CancellationToken.None);
        attempt.By(reader);
        // Only the end of the answer says that it is committed.
        await reader.NextResultAsync(CancellationToken.None);
    }

    private static async Task AppendAsync(NpgsqlConnection connection, Pending pending, Attempt attempt)
    {
        await pending.WaitAsync(FillAsync(connection, attempt));
        attempt.CommitSent = true;
        attempt.Sent = Stopwatch.GetTimestamp();
        await pending.WaitAsync(CommitAsync(connection));
    }

    private static async Task CommitAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("commit", connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static async Task FillAsync(NpgsqlConnection connection, Attempt attempt)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        foreach (var key in attempt.Keys)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                "with head as (update heads set next = next + 1 where key = $1 returning next) " +
                "insert into items (key, pos, id, width) select $1, next, $2, $3 from head returning pos")
            {
                Parameters =
                {
                    new NpgsqlParameter<int> { TypedValue = key }, new NpgsqlParameter<long> { TypedValue = attempt.Id },
                    new NpgsqlParameter<int> { TypedValue = attempt.Keys.Length },
                },
            });
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select {Who}"));
        await ExecuteAsync(batch, attempt);
    }

    private static async Task ExecuteAsync(NpgsqlBatch batch, Attempt attempt)
    {
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        var places = ImmutableArray.CreateBuilder<Place>();
        foreach (var key in attempt.Keys)
        {
            await reader.ReadAsync(CancellationToken.None);
            places.Add(new Place(key, reader.GetInt64(0)));
            await reader.NextResultAsync(CancellationToken.None);
        }

        await reader.ReadAsync(CancellationToken.None);
        attempt.By(reader);
        attempt.Places = places.ToImmutable();
    }

    /// <summary>Two or three lists, in the order in which everybody locks them.</summary>
    private ImmutableArray<int> Keys()
    {
        var keys = new SortedSet<int>();
        var wanted = 2 + draw.Below(2);
        while (keys.Count < wanted)
        {
            keys.Add(draw.Below(Application.Lists));
        }

        return [.. keys];
    }

    private void Note(Attempt attempt, Outcome outcome) => journal.Note(WriteOf(attempt, outcome), Route);

    private Write WriteOf(Attempt attempt, Outcome outcome) => new()
    {
        Id = attempt.Id,
        Client = Name,
        Keys = attempt.Keys,
        Sent = attempt.Sent,
        Answered = Stopwatch.GetTimestamp(),
        Outcome = outcome,
        By = outcome == Outcome.Acknowledged ? attempt.Reign : default,
        Protected = attempt.Names.Length > 0,
        Places = attempt.Places,
    };

    private sealed class Attempt(long id, ImmutableArray<int> keys, long sent)
    {
        public long Id => id;
        public ImmutableArray<int> Keys => keys;
        public long Sent { get; set; } = sent;
        public bool CommitSent { get; set; }
        public Reign Reign { get; private set; }
        public string Names { get; private set; } = "";
        public ImmutableArray<Place> Places { get; set; } = [];

        /// <summary>What the server says of itself: a client that came through the gate knows it from nowhere else.</summary>
        public void By(NpgsqlDataReader who) => (Reign, Names) = (new Reign(who.GetString(2), who.GetString(0)), who.GetString(1));
    }
}
