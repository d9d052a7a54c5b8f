using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>
/// One PostgreSQL server, asked through its private socket as its administrator. It reads only: no temporary table, no function, nothing
/// that a standby refuses. All SQL is written here, from this server's own catalogue.
/// </summary>
public sealed class PostgreSqlVerifyTarget : IVerifyTarget
{
    private const string LookSql = """
        SELECT (SELECT system_identifier::text FROM pg_control_system()), current_setting('server_version_num')::int4, pg_is_in_recovery(),
               (CASE WHEN pg_is_in_recovery() THEN COALESCE(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_insert_lsn() END)::text,
               (CASE WHEN pg_is_in_recovery() THEN COALESCE(GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')
                     ELSE pg_current_wal_insert_lsn() END)::text
        """;

    private const string DatabasesSql = "SELECT datname::text FROM pg_database WHERE datallowconn ORDER BY datname COLLATE \"C\"";
    private const string Home = "postgres";
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(50);

    private readonly VerifySessions _sessions;
    private readonly Shapes _shapes;
    private readonly TimeProvider _time;

    /// <summary>A member's own server, on this host.</summary>
    public PostgreSqlVerifyTarget(MemberSpec member, TimeProvider time)
        : this(member.Name, new Layout(member).SocketDirectory, new Layout(member).Port, RoleNames.Administrator, time)
    {
    }

    /// <summary>A server behind a Unix socket.</summary>
    /// <param name="role">A superuser, or a role that may read everything.</param>
    public PostgreSqlVerifyTarget(string member, string socketDirectory, int port, string role, TimeProvider time)
    {
        (Member, _time) = (member, time);
        _sessions = new VerifySessions(
            member,
            new NpgsqlConnectionStringBuilder { Host = socketDirectory, Port = port, Username = role, SslMode = SslMode.Disable }, time);
        _shapes = new Shapes(_sessions);
    }

    public string Member { get; }

    public Task<MemberLook> LookAsync(CancellationToken cancellationToken) =>
        _sessions.RunAsync(Home, async (connection, token) =>
    {
        var look = await Sql.OneAsync(connection, LookSql, Read, token);
        return look with { Databases = [.. await Sql.RowsAsync(connection, DatabasesSql, row => row.GetString(0), token)] };
    }, cancellationToken);

    public Task<MemberLook> WaitAsync(
        ulong position, TimeSpan limit, CancellationToken cancellationToken) => _sessions.RunAsync(Home, async (connection, token) =>
    {
        var (start, pause) = (_time.GetTimestamp(), FirstPoll);
        while (true)
        {
            var look = await Sql.OneAsync(connection, LookSql, Read, token);
            if (look.Shown >= position || _time.GetElapsedTime(start) >= limit)
            {
                return look;
            }

            await Task.Delay(pause, _time, token);
            pause = pause * 2 < LongestPoll ? pause * 2 : LongestPoll;
        }
    }, cancellationToken);

    /// <remarks>
    /// A transaction that has an id and has written nothing else commits without waiting for anybody, and its record, written out within
    /// <c>wal_writer_delay</c>, takes along all that is before it.
    /// </remarks>
    public Task PushLogAsync(CancellationToken cancellationToken) => _sessions.RunAsync(
        Home, (connection, token) => Sql.OneAsync(connection, "SELECT pg_current_xact_id()::text", row => row.GetString(0), token), cancellationToken);

    public Task<bool> SettledAsync(ulong horizon, TimeSpan limit, CancellationToken cancellationToken) => _sessions.RunAsync(Home, async (connection, token) =>
    {
        const string Waiting = "SELECT COALESCE(backend_xid::text::int8, -1) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        var (start, pause) = (_time.GetTimestamp(), FirstPoll);
        while (true)
        {
            var waiting = await Sql.RowsAsync(connection, Waiting, row => row.GetInt64(0), token);
            // Ids wrap around; of two, the later is the one that is less than half the circle ahead.
            if (!waiting.Exists(id => id < 0 || unchecked((int)((uint)id - (uint)horizon)) < 0))
            {
                return true;
            }

            if (_time.GetElapsedTime(start) >= limit)
            {
                return false;
            }

            await Task.Delay(pause, _time, token);
            pause = pause * 2 < LongestPoll ? pause * 2 : LongestPoll;
        }
    }, cancellationToken);

    public Task<DatabaseInventory> InventoryAsync(string database, CancellationToken cancellationToken) =>
        _shapes.InventoryAsync(database, cancellationToken);

    public Task<ImmutableArray<SequenceState>> SequencesAsync(
        string database, ImmutableArray<RelationName> names, CancellationToken cancellationToken) =>
        _sessions.RunAsync(database, (connection, token) => SequenceSql.ReadAsync(connection, names, token), cancellationToken);

    public Task<ChunkDigest> DigestAsync(ChunkRequest chunk, CancellationToken cancellationToken) =>
        OnTableAsync(chunk.Table, async (sql, connection, token) =>
        {
            var start = _time.GetTimestamp();
            var text = sql.Digest(chunk.Range);
            var (rows, sum) = await Sql.OneAsync(connection, text, row => (row.GetInt64(0), row.GetString(1)), token, sql.Parameters);
            return new ChunkDigest(rows, sum, _time.GetElapsedTime(start).TotalMilliseconds);
        }, cancellationToken);

    public Task<ImmutableArray<BucketDigest>> BucketsAsync(ChunkRequest chunk, CancellationToken cancellationToken) =>
        OnTableAsync(chunk.Table, async (sql, connection, token) =>
        {
            var text = sql.Buckets(chunk.Range);
            return (await Sql.RowsAsync(
                connection, text, row => new BucketDigest(row.GetInt32(0), row.GetInt64(1), row.GetString(2)), token, sql.Parameters)).ToImmutableArray();
        }, cancellationToken);

    public Task<RowList> RowsAsync(ChunkRequest chunk, ImmutableArray<int> buckets, int limit, CancellationToken cancellationToken) =>
        OnTableAsync(chunk.Table, async (sql, connection, token) =>
        {
            var text = sql.Rows(chunk.Range, buckets, limit + 1);
            var rows = await Sql.RowsAsync(
                connection, text, row => new RowState(TextsOf(row, 2, sql.KeyWidth), row.GetString(0), row.GetInt64(1)), token, sql.Parameters);
            return new RowList([.. rows.Take(limit)], rows.Count > limit);
        }, cancellationToken);

    public Task<TablePart> NextPartAsync(TableRef table, ImmutableArray<string> after, int rows, CancellationToken cancellationToken) =>
        OnTableAsync(table, async (sql, connection, token) =>
        {
            var text = sql.NextKey(after, rows);
            var found = await Sql.RowsAsync(connection, text, row => TextsOf(row, 0, sql.KeyWidth), token, sql.Parameters);
            ImmutableArray<string>? upTo = found.Count == 0 ? null : found[0];
            return new TablePart(new ChunkRange(After: after.IsEmpty ? null : after, UpTo: upTo), upTo);
        }, cancellationToken);

    public async Task<ImmutableArray<int>> AbsentAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) =>
        [.. (await KeysAsync(table, keys, TimeSpan.Zero, cancellationToken)).Seen.Where(row => row.Version is null).Select(row => row.Index)];

    public Task<KeyLook> KeysAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, TimeSpan lasting, CancellationToken cancellationToken) =>
        OnTableAsync(table, (sql, connection, token) => new KeySampler(sql, keys, _time).LookAsync(connection, lasting, token), cancellationToken);

    public Task<ImmutableArray<ImmutableArray<long>?>> ColumnsAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) =>
        OnTableAsync(table, async (sql, connection, token) =>
        {
            var found = await Sql.RowsAsync(
                connection, sql.ColumnHashes(), row => (Index: row.GetInt32(0), Hashes: row.GetFieldValue<long[]>(1)), token, sql.Keys(keys));
            var hashes = found.DistinctBy(row => row.Index).ToDictionary(row => row.Index, row => row.Hashes.ToImmutableArray());
            return Enumerable.Range(0, keys.Length)
                .Select(index => hashes.TryGetValue(index, out var own) ? own : (ImmutableArray<long>?)null).ToImmutableArray();
        }, cancellationToken);

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    private async Task<T> OnTableAsync<T>(
        TableRef table, Func<ChunkSql, NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var shape = await _shapes.OfAsync(table, cancellationToken);
        try
        {
            return await _sessions.RunAsync(
                table.Database, (connection, token) => read(new ChunkSql(shape, table.Seed), connection, token), cancellationToken);
        }
        catch (VerifyException fault) when (fault.Fault == VerifyFault.Changed)
        {
            _shapes.Forget(table.Database);
            throw;
        }
    }

    private static ImmutableArray<string> TextsOf(NpgsqlDataReader row, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(row.GetString)];

    private static MemberLook Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt32(1), row.GetBoolean(2), Lsn.Parse(row.GetString(3)).Value, Lsn.Parse(row.GetString(4)).Value, []);
}
