using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Verification.Rows;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>Looks rows up by key, once or as often as possible for a while, each time with a snapshot of its own.</summary>
internal sealed class KeySampler(ChunkSql sql, ImmutableArray<ImmutableArray<string>> keys, TimeProvider time)
{
    /// <summary>States that one answer may carry.</summary>
    private const int StateLimit = 20_000;

    private const string AfterwardsSql = """
        SELECT pg_is_in_recovery(), pg_snapshot_xmax(pg_current_snapshot())::text,
               (CASE WHEN pg_is_in_recovery() THEN COALESCE(GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')
                     ELSE pg_current_wal_insert_lsn() END)::text
        """;

    public async Task<KeyLook> LookAsync(NpgsqlConnection connection, TimeSpan lasting, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<(int Index, string? Version, long Hash), int>();
        var (start, looks, text) = (time.GetTimestamp(), 0, sql.ByKey());
        do
        {
            var found = await Sql.RowsAsync(
                connection, text, row => (row.GetInt32(0), (string?)row.GetString(1), row.GetInt64(2)), cancellationToken, sql.Keys(keys));
            foreach (var state in found.Concat(Absent(found)))
            {
                seen[state] = seen.GetValueOrDefault(state) + 1;
            }

            looks++;
        }
        while (time.GetElapsedTime(start) < lasting && seen.Count < StateLimit);

        var (follows, horizon, reached) = await Sql.OneAsync(
            connection, AfterwardsSql, row => (row.GetBoolean(0), row.GetString(1), row.GetString(2)), cancellationToken);
        return new KeyLook(
            Lsn.Parse(reached).Value, follows, ulong.Parse(horizon, CultureInfo.InvariantCulture), looks,
            [.. seen.Select(pair => new SeenRow(pair.Key.Index, pair.Key.Version, pair.Key.Hash, pair.Value))]);
    }

    private IEnumerable<(int Index, string? Version, long Hash)> Absent(List<(int Index, string? Version, long Hash)> found)
    {
        var there = found.Select(state => state.Index).ToHashSet();
        return Enumerable.Range(0, keys.Length).Where(index => !there.Contains(index)).Select(index => (index, (string?)null, 0L));
    }
}
