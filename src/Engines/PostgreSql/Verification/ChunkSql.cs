using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Targets;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>
/// Writes the statements about a table from its shape in this server's own catalogue. What comes from another member (keys, block numbers,
/// buckets) goes in as numbers and parameters only.
/// </summary>
internal sealed class ChunkSql(TableShape shape, long seed)
{
    private readonly string _hash = RowHash.Of(shape.Columns, Number(seed));
    private readonly List<string> _texts = [];

    /// <summary>Values of the parameters $1, $2 … in the order in which the statement asked for them.</summary>
    public NpgsqlParameter[] Parameters => [.. _texts.Select(Sql.Text)];

    private string Bucket => $"({(shape.HasKey ? RowHash.Of([.. shape.Key.Select(key => key.Column)], "0::bigint") : _hash)} & {BucketDigest.Count - 1})";

    private string KeyTexts => shape.HasKey ? string.Join(", ", shape.Key.Select(key => key.Column.AsText)) : "t.ctid::pg_catalog.text";

    public string Digest(ChunkRange range) =>
        $"SELECT count(*), COALESCE(sum({_hash}), 0)::pg_catalog.text FROM {shape.From} {Where(range)}";

    public string Buckets(ChunkRange range) =>
        $"""
        SELECT bucket::pg_catalog.int4, count(*), sum(hash)::pg_catalog.text
        FROM (SELECT {Bucket} AS bucket, {_hash} AS hash FROM {shape.From} {Where(range)}) AS rows GROUP BY 1
        """;

    /// <summary>Columns: version, hash, then the key.</summary>
    public string Rows(ChunkRange range, ImmutableArray<int> buckets, int limit) =>
        $"""
        SELECT {VersionOf}, {_hash}, {KeyTexts} FROM {shape.From}
        {Where(range, $"{Bucket} IN ({string.Join(", ", buckets.Select(bucket => Number(bucket)))})")} LIMIT {Number(limit)}
        """;

    /// <summary>Where a range of so many rows ends.</summary>
    public string NextKey(ImmutableArray<string> after, int rows) =>
        $"""
        SELECT {KeyTexts} FROM {shape.From} {Where(new ChunkRange(After: after.IsEmpty ? null : after))}
        ORDER BY {shape.KeyList} OFFSET {Number(rows - 1)} LIMIT 1
        """;

    /// <summary>Columns: index of the key, version, hash. Takes the keys as one array of texts per column.</summary>
    public string ByKey() => $"SELECT (k.place - 1)::pg_catalog.int4, {VersionOf}, {_hash} {JoinedToKeys}";

    /// <summary>Columns: index of the key, an array of the hashes of the columns.</summary>
    public string ColumnHashes() =>
        $"""
        SELECT (k.place - 1)::pg_catalog.int4,
               ARRAY[{string.Join(", ", shape.Columns.Select(column => RowHash.Of([column], Number(seed))))}]::pg_catalog.int8[] {JoinedToKeys}
        """;

    /// <summary>The parameters of <see cref="ByKey"/> and <see cref="ColumnHashes"/>.</summary>
    public NpgsqlParameter[] Keys(ImmutableArray<ImmutableArray<string>> keys) =>
        [.. Enumerable.Range(0, KeyWidth).Select(at => Sql.Texts([.. keys.Select(key => key[at])]))];

    public int KeyWidth => shape.HasKey ? shape.Key.Length : 1;

    private const string VersionOf = "t.ctid::pg_catalog.text || ' ' || t.xmin::pg_catalog.text";

    private string JoinedToKeys
    {
        get
        {
            var names = Enumerable.Range(0, KeyWidth).Select(at => $"k{at}").ToList();
            var match = shape.HasKey
                ? string.Join(" AND ", shape.Key.Select((key, at) => $"{key.Column.Value} = k.k{at}::{key.Type}"))
                : "t.ctid = k.k0::pg_catalog.tid";
            var arrays = string.Join(", ", names.Select((_, at) => $"${at + 1}"));
            return $"FROM unnest({arrays}) WITH ORDINALITY AS k({string.Join(", ", names)}, place) JOIN {shape.From} ON {match}";
        }
    }

    private string Where(ChunkRange range, string? also = null)
    {
        if (range.Keys is not null)
        {
            throw new VerifyException(VerifyFault.Failed, "the keys of a table have an order: a chunk of it is a range, not a list");
        }

        List<string> conditions = also is null ? [] : [also];
        if (range.FromBlock is { } from)
        {
            conditions.Add($"t.ctid >= '({Digits(from)},0)'::pg_catalog.tid");
            if (range.ToBlock is { } to)
            {
                conditions.Add($"t.ctid < '({Digits(to)},0)'::pg_catalog.tid");
            }
        }

        if (range.After is { } after)
        {
            conditions.Add($"({shape.KeyList}) > ({Values(after)})");
        }

        if (range.UpTo is { } upTo)
        {
            conditions.Add($"({shape.KeyList}) <= ({Values(upTo)})");
        }

        return conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
    }

    private string Values(ImmutableArray<string> key)
    {
        var values = new List<string>();
        for (var at = 0; at < shape.Key.Length; at++)
        {
            _texts.Add(key[at]);
            values.Add($"${_texts.Count}::{shape.Key[at].Type}");
        }

        return string.Join(", ", values);
    }

    /// <summary>Negative numbers need their brackets before a cast.</summary>
    private static string Number(long value) => $"({Digits(value)})::bigint";

    private static string Digits(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
