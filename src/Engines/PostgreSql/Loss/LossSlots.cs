using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>
/// Logical slots, one for each database, that hold on to all that is needed to decode the log from what others have for sure. Their plugin is
/// <c>test_decoding</c>: another one would need a publication for all tables, which makes updates of tables without an identity fail.
/// </summary>
internal sealed class LossSlots(LocalServer server, string member)
{
    public const string Plugin = "test_decoding";
    /// <summary>No member's slot can bear such a name: those begin otherwise.</summary>
    private const string Prefix = "loss_holdfast_";

    public const string SlotsSql = $"""
        SELECT slot_name::text, datoid::text, active::text, coalesce(confirmed_flush_lsn::text, '0/0'), coalesce(restart_lsn::text, '0/0'),
          (coalesce(wal_status, 'lost') = 'lost')::text
        FROM pg_replication_slots WHERE slot_type = 'logical' AND starts_with(slot_name::text, '{Prefix}')
        """;

    /// <summary>Templates hold no one's data, and a session in one of them would be in the way of CREATE DATABASE.</summary>
    public const string DatabasesSql =
        "SELECT oid::text, datname::text FROM pg_database WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2 ORDER BY oid";

    public static string NameFor(string databaseOid) => Prefix + databaseOid;

    public static bool IsOurs(string slotName) => slotName.StartsWith(Prefix, StringComparison.Ordinal);

    public async Task KeepAsync(Lsn confirmed, CancellationToken cancellationToken)
    {
        await using var session = new LocalSession(server, "loss");
        var facts = (await session.RowsAsync(
            """
            SELECT current_setting('wal_level'), pg_is_in_recovery()::text,
              CASE WHEN pg_is_in_recovery() THEN '0/0' ELSE pg_current_wal_flush_lsn()::text END
            """,
            cancellationToken))[0];
        if (facts[1] == "true")
        {
            throw new EngineException($"{member} is not a primary: there is nothing to keep decodable") { IsPassing = true };
        }

        if (facts[0] != "logical")
        {
            throw new EngineException($"losses of {member} cannot be listed yet: wal_level is {facts[0]} until its server is restarted");
        }

        confirmed = Lsn.Parse(facts[2]!) is var flushed && flushed < confirmed ? flushed : confirmed;
        var databases = (await session.RowsAsync(DatabasesSql, cancellationToken))
            .ToDictionary(row => NameFor(row[0]!), row => row[1]!, StringComparer.Ordinal);
        var missing = new Dictionary<string, string>(databases, StringComparer.Ordinal);
        foreach (var slot in await ReadAsync(session, cancellationToken))
        {
            if (slot.IsActive)
            {
                missing.Remove(slot.Name); // A session of ours that was given up goes on by itself.
            }
            else if (slot.IsLost || !databases.TryGetValue(slot.Name, out var database))
            {
                await session.ExecuteAsync($"SELECT pg_drop_replication_slot({SqlText.Literal(slot.Name)})", cancellationToken);
            }
            else
            {
                missing.Remove(slot.Name);
                if (slot.Confirmed < confirmed)
                {
                    await InAsync(
                        database, $"SELECT pg_replication_slot_advance({SqlText.Literal(slot.Name)}, '{confirmed}')::text", cancellationToken);
                }
            }
        }

        foreach (var (name, database) in missing)
        {
            await InAsync(
                database, $"SELECT pg_create_logical_replication_slot({SqlText.Literal(name)}, '{Plugin}')::text", cancellationToken);
        }
    }

    /// <summary>On a standby: what it kept as a primary, or for the list of a loss that there was not, is of no use any more.</summary>
    public static async Task DropAllAsync(LocalSession session, CancellationToken cancellationToken)
    {
        foreach (var slot in (await ReadAsync(session, cancellationToken)).Where(slot => !slot.IsActive))
        {
            await session.ExecuteAsync($"SELECT pg_drop_replication_slot({SqlText.Literal(slot.Name)})", cancellationToken);
        }
    }

    private async Task InAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var session = new LocalSession(server, "loss", database);
        await session.ValueAsync(sql, cancellationToken);
    }

    private static async Task<List<Slot>> ReadAsync(LocalSession session, CancellationToken cancellationToken) =>
        [.. (await session.RowsAsync(SlotsSql, cancellationToken)).Select(Slot.Parse)];

    /// <param name="Confirmed">Commits from here on can be decoded.</param>
    /// <param name="Restart">The log is kept from here on.</param>
    internal sealed record Slot(string Name, uint DatabaseOid, bool IsActive, Lsn Confirmed, Lsn Restart, bool IsLost)
    {
        public static Slot Parse(string?[] row) => new(
            row[0]!, uint.Parse(row[1]!, CultureInfo.InvariantCulture), row[2] == "true", Lsn.Parse(row[3]!), Lsn.Parse(row[4]!), row[5] == "true");
    }
}
