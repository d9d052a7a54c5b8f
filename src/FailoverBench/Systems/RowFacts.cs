using Npgsql;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Asks a server of PostgreSQL what it is.</summary>
internal static class RowFacts
{
    private const string Query =
        """
        select pg_is_in_recovery(), exists (select from pg_stat_wal_receiver where status = 'streaming'),
               (select count(*) from pg_stat_replication where state = 'streaming'),
               (select count(*) from pg_stat_replication where state = 'streaming' and sync_state in ('sync', 'quorum')),
               case when pg_is_in_recovery() then '00000000' else left(pg_walfile_name(pg_current_wal_lsn()), 8) end
        """;

    /// <summary>Null: it does not answer, and <paramref name="problem"/> gets why.</summary>
    public static async Task<MemberFacts?> AskAsync(
        string connectionString, TimeSpan deadline, Action<string> problem, TimeProvider time, CancellationToken cancellationToken)
    {
        var asking = AskAsync(connectionString);
        try
        {
            // Bounded here too: Npgsql's own limits are whole seconds, and each step of a connection has its own.
            return await asking.WaitAsync(deadline, time, cancellationToken);
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException)
        {
            problem(fault.Message);
            return null;
        }
    }

    private static async Task<MemberFacts> AskAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Query, connection) { CommandTimeout = 1 };
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        await reader.ReadAsync(CancellationToken.None);
        return new MemberFacts(
            reader.GetBoolean(0), reader.GetBoolean(1), (int)reader.GetInt64(2), (int)reader.GetInt64(3),
            Convert.ToInt64(reader.GetString(4), 16));
    }
}
