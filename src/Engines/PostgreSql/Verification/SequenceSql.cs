using System.Collections.Immutable;
using Holdfast.Verification.Relations;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>Reads sequences: their relations have the values, the catalogue how they go on.</summary>
internal static class SequenceSql
{
    private const string KnownSql = """
        SELECT n.nspname::text, c.relname::text, s.seqincrement, s.seqcache
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE (n.nspname::text, c.relname::text) IN (SELECT * FROM unnest($1, $2))
        """;

    public static async Task<ImmutableArray<SequenceState>> ReadAsync(
        NpgsqlConnection connection, ImmutableArray<RelationName> names, CancellationToken cancellationToken)
    {
        var known = await Sql.RowsAsync(
            connection, KnownSql,
            row => (Name: new RelationName(row.GetString(0), row.GetString(1)), Increment: row.GetInt64(2), Cache: row.GetInt64(3)), cancellationToken,
            Sql.Texts([.. names.Select(name => name.Schema)]), Sql.Texts([.. names.Select(name => name.Name)]));
        if (known.Count == 0)
        {
            return [];
        }

        var selects = known.Select((sequence, index) =>
            $"SELECT {index} AS at, last_value, log_cnt, is_called FROM {Quote.Name(sequence.Name.Schema, sequence.Name.Name)}");
        var states = await Sql.RowsAsync(
            connection, string.Join(" UNION ALL ", selects),
            row => (At: row.GetInt32(0), Last: row.GetInt64(1), Ahead: row.GetInt64(2), Called: row.GetBoolean(3)), cancellationToken);
        return
        [
            .. states.Select(state => new SequenceState(
                known[state.At].Name, state.Last, state.Ahead, state.Called, known[state.At].Increment, known[state.At].Cache)),
        ];
    }
}
