using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Lab.Histories;
using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>Reads all lists' lengths and last entries in one snapshot, wherever its route leads.</summary>
internal sealed class Reader(string name, IRoute route, Journal journal, TimeSpan pause) : Client(name, route, pause)
{
    private const string Query = """
        with ends as (select h.key, h.next, coalesce(i.id, 0) as id from heads h left join items i on i.key = h.key and i.pos = h.next)
        select case when pg_is_in_recovery() then '' else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end,
            current_setting('cluster_name'),
            current_setting('synchronous_standby_names') <> '', (select array_agg(next order by key) from ends), (select array_agg(id order by key) from ends),
            coalesce((select array_agg(torn.id) from (
                select id from items where id in (select id from ends) group by id, width having count(*) <> width) torn), '{}')
        """;

    protected override async Task OnceAsync(NpgsqlConnection connection, Pending pending)
    {
        var read = await pending.WaitAsync(ReadAsync(connection));
        journal.Note(read);
        if (Route.Roams && !read.AtPrimary)
        {
            throw new IOException($"{read.From.Member} is a standby now"); // an application that wants the primary goes to look for it
        }
    }

    private async Task<Read> ReadAsync(NpgsqlConnection connection)
    {
        var sent = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand(Query, connection);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        await reader.ReadAsync(CancellationToken.None);
        return new Read
        {
            Client = Name,
            From = new Reign(reader.GetString(1), reader.GetString(0)),
            Protected = reader.GetBoolean(2),
            IsGated = Route.IsGated,
            Sent = sent,
            Answered = Stopwatch.GetTimestamp(),
            Lengths = [.. reader.GetFieldValue<long[]>(3)],
            Last = [.. reader.GetFieldValue<long[]>(4)],
            Torn = [.. reader.GetFieldValue<long[]>(5)],
        };
    }
}
