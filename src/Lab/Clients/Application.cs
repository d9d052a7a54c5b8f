using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Harness;
using Holdfast.Harness.Members;
using Holdfast.Lab.Histories;
using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>The application's role, database and tables.</summary>
internal sealed class Application
{
    /// <summary>How many lists there are.</summary>
    public const int Lists = 16;

    private const string Tables = """
        create table rows (id bigint primary key, client text not null);
        create table heads (key int primary key, next bigint not null);
        create table items (key int not null, pos bigint not null, id bigint not null, width int not null, primary key (key, pos));
        create index on items (id);
        """;

    /// <summary>Of the role and of the database.</summary>
    public static string Name => RowTable.Name;

    public string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>How a client connects to one member.</summary>
    public static string ConnectionTo(MemberHost member) => new NpgsqlConnectionStringBuilder(member.ApplicationConnection)
    {
        Timeout = 5,
        CommandTimeout = 60,
        Enlist = false,
    }.ConnectionString;

    /// <summary>Creates all of it: role and database through the primary's socket, the tables as the application.</summary>
    /// <param name="acknowledgedAlone">Its sessions do not wait for standbys: a defect, planted to be found.</param>
    public async Task CreateAsync(MemberHost primary, bool acknowledgedAlone)
    {
        var planted = acknowledgedAlone ? $"alter role {Name} set synchronous_commit = local;" : "";
        await primary.AskAsync<string>($"create role {Name} login password '{Password}'; {planted} select ''");
        await primary.AskAsync<object>($"create database {Name} owner {Name}");
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await using var connection = new NpgsqlConnection(ConnectionTo(primary));
                    await connection.OpenAsync();
                    await using var command = new NpgsqlCommand(
                        $"{Tables} insert into heads select key, 0 from generate_series(0, {Lists - 1}) key", connection);
                    await command.ExecuteNonQueryAsync();
                    return true;
                }
                catch (NpgsqlException fault) when (fault is not PostgresException)
                {
                    return false; // the gate is not open yet
                }
            },
            TimeSpan.FromSeconds(20), () => $"the tables cannot be made at {primary.Name}");
    }

    /// <summary>
    /// Waits until losses of its database can be listed. A site that is lost within the first seconds of a database leaves a report that
    /// says that it could not be read; that is no fault, and nothing could be judged by it.
    /// </summary>
    public static async Task ListableAsync(MemberHost primary, bool hasTwoSites)
    {
        const string Question =
            $"select exists (select from pg_replication_slots where database = '{RowTable.Name}' and slot_type = 'logical' " +
            "and confirmed_flush_lsn is not null)";
        if (hasTwoSites)
        {
            await Eventually.TrueAsync(
                async () => await primary.AskAsync<bool>(Question), TimeSpan.FromSeconds(60), () => $"{primary.Name} does not make losses of {Name} listable");
        }
    }

    /// <summary>Everything a member has, as its superuser sees it.</summary>
    public static async Task<Content> ContentAsync(MemberHost member)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Path.Combine(member.Own, "run"),
            Port = member.Port,
            Username = "postgres",
            Database = Name,
            Pooling = false,
            Timeout = 10,
            CommandTimeout = 60,
        };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        var rows = ImmutableHashSet.CreateBuilder<long>();
        await using (var command = new NpgsqlCommand("select id from rows", connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                rows.Add(reader.GetInt64(0));
            }
        }

        var lists = Enumerable.Range(0, Lists).Select(_ => ImmutableArray.CreateBuilder<Entry>()).ToList();
        await using (var command = new NpgsqlCommand("select key, pos, id, width from items order by key, pos", connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                lists[reader.GetInt32(0)].Add(new Entry(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt32(3)));
            }
        }

        return new Content(rows.ToImmutable(), [.. lists.Select(list => list.ToImmutable())]);
    }
}
