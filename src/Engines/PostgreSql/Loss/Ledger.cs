using System.Globalization;
using Holdfast.Core.Loss;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>
/// The table in which the active primary writes its clock and its place in the log: one row for each epoch, updated in place. It is made when
/// it is first needed.
/// </summary>
internal sealed class Ledger(LocalServer server, string member) : IAsyncDisposable
{
    public const string Schema = "holdfast";
    public const string Table = "heartbeat";
    private const int EpochsKept = 100;
    private const string Columns =
        "epoch::text, sequence::text, to_char(clock AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US\"Z\"'), lsn::text";
    private readonly LocalSession _session = new(server, "ledger");

    /// <remarks>The commit waits for the disk here and for no standby: a link that is down must not hold it up.</remarks>
    public async Task<HeartbeatMark> WriteAsync(long epoch, CancellationToken cancellationToken)
    {
        var sql = $"""
            BEGIN; SET LOCAL synchronous_commit TO local;
            INSERT INTO {Schema}.{Table} AS row (epoch, member, sequence, clock, lsn)
              VALUES ({epoch.ToString(CultureInfo.InvariantCulture)}, {SqlText.Literal(member)}, 1, clock_timestamp(), pg_current_wal_insert_lsn())
              ON CONFLICT (epoch) DO UPDATE
                SET member = excluded.member, sequence = row.sequence + 1, clock = excluded.clock, lsn = excluded.lsn
              RETURNING {Columns};
            COMMIT
            """;
        HeartbeatMark mark;
        try
        {
            mark = Mark((await _session.RowsAsync(sql, cancellationToken))[0]);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            await _session.ExecuteAsync(MakeSql, cancellationToken);
            mark = Mark((await _session.RowsAsync(sql, cancellationToken))[0]);
        }

        if (mark.Sequence == 1)
        {
            await _session.ExecuteAsync(PruneSql, cancellationToken);
        }

        return mark;
    }

    public async Task<HeartbeatMark?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // By the column of the table: a bare 'epoch' would be the text in the list, and '4' comes after '1000001'.
            var rows = await _session.RowsAsync($"SELECT {Columns} FROM {Schema}.{Table} AS row ORDER BY row.epoch DESC LIMIT 1", cancellationToken);
            return rows.Count == 0 ? null : Mark(rows[0]);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    public void Forget() => _session.Forget();

    /// <summary>Room in the page lets each row be updated in place, so that the table stays at one page.</summary>
    private static string MakeSql => $"""
        BEGIN; SET LOCAL synchronous_commit TO local;
        CREATE SCHEMA IF NOT EXISTS {Schema};
        CREATE TABLE IF NOT EXISTS {Schema}.{Table} (
          epoch bigint PRIMARY KEY, member text NOT NULL, sequence bigint NOT NULL, clock timestamptz NOT NULL, lsn pg_lsn NOT NULL)
          WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000);
        COMMENT ON TABLE {Schema}.{Table} IS 'Written by Holdfast: how far each epoch''s primary came, for the lag and the loss between sites';
        COMMIT
        """;

    private static string PruneSql => $"""
        BEGIN; SET LOCAL synchronous_commit TO local;
        DELETE FROM {Schema}.{Table} WHERE epoch NOT IN (SELECT epoch FROM {Schema}.{Table} ORDER BY epoch DESC LIMIT {EpochsKept});
        COMMIT
        """;

    private static HeartbeatMark Mark(string?[] row) => new(
        long.Parse(row[0]!, CultureInfo.InvariantCulture), long.Parse(row[1]!, CultureInfo.InvariantCulture), row[2]!, row[3]!);
}
