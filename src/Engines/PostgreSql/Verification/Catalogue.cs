using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Verification.Relations;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>Reads from a database's catalogue what there is to compare.</summary>
internal static class Catalogue
{
    private const string OfInterest = """
        (c.relkind IN ('r', 'm', 'S', 'f') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
           AND n.nspname NOT IN ('information_schema', 'holdfast')
         OR c.oid IN ('pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_largeobject_metadata'::regclass))
        """;

    private const string RelationsSql = $"""
        SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.relispopulated,
               COALESCE(pg_relation_filenode(c.oid)::int8, 0), COALESCE(pg_relation_size(c.oid) / current_setting('block_size')::int8, 0),
               COALESCE(pg_table_size(c.oid), 0)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OfInterest} ORDER BY 2, 3
        """;

    private const string ColumnsSql = $"""
        SELECT a.attrelid::int8, a.attnum::int4, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atttypid::int8, a.atttypmod
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OfInterest} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' ORDER BY 1, 2
        """;

    private const string TypesSql = $"""
        WITH RECURSIVE used(id) AS (
          SELECT DISTINCT a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE {OfInterest} AND a.attnum > 0 AND NOT a.attisdropped
          UNION SELECT t.typbasetype FROM used JOIN pg_type t ON t.oid = used.id WHERE t.typtype = 'd')
        SELECT t.oid::int8, n.nspname::text, t.typname::text, t.typtype::text, t.typbasetype::int8, quote_ident(pn.nspname) || '.' || quote_ident(p.proname)
        FROM used JOIN pg_type t ON t.oid = used.id JOIN pg_namespace n ON n.oid = t.typnamespace
          JOIN pg_proc p ON p.oid = t.typoutput JOIN pg_namespace pn ON pn.oid = p.pronamespace
        """;

    /// <summary>Unique indexes without nulls, the best one of a table first; a row for each column.</summary>
    private const string KeysSql = $"""
        SELECT i.indrelid::int8, i.indexrelid::int8, a.attname::text
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE {OfInterest} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
          AND NOT EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS o(attnum, place) JOIN pg_attribute b
                          ON b.attrelid = i.indrelid AND b.attnum = o.attnum WHERE o.place <= i.indnkeyatts AND NOT b.attnotnull)
        ORDER BY 1, i.indisprimary DESC, i.indnkeyatts, 2, k.place
        """;

    public static async Task<(ImmutableArray<TableShape> Shapes, ImmutableArray<string> LeftOut)> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // One snapshot, so that what the four queries see belongs together.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var relations = await Sql.RowsAsync(connection, RelationsSql, row => new
        {
            Id = row.GetInt64(0),
            Name = new RelationName(row.GetString(1), row.GetString(2)),
            Kind = row.GetString(3),
            IsUnlogged = row.GetString(4) == "u",
            IsPopulated = row.GetBoolean(5),
            File = row.GetInt64(6),
            Pages = row.GetInt64(7),
            Bytes = row.GetInt64(8),
        }, cancellationToken);
        var columns = (await Sql.RowsAsync(connection, ColumnsSql, row => new
        {
            Table = row.GetInt64(0),
            Name = row.GetString(2),
            Type = row.GetString(3),
            NotNull = row.GetBoolean(4),
            TypeId = row.GetInt64(5),
            Modifier = row.GetInt32(6),
        }, cancellationToken)).ToLookup(column => column.Table);
        var types = (await Sql.RowsAsync(
            connection, TypesSql,
            row => new CatalogueType(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetString(5)),
            cancellationToken)).ToDictionary(type => type.Id);
        var keys = (await Sql.RowsAsync(
            connection, KeysSql, row => (Table: row.GetInt64(0), Index: row.GetInt64(1), Column: row.GetString(2)), cancellationToken))
            .ToLookup(key => key.Table);
        await transaction.CommitAsync(cancellationToken);

        var (shapes, leftOut) = (ImmutableArray.CreateBuilder<TableShape>(), ImmutableArray.CreateBuilder<string>());
        foreach (var relation in relations)
        {
            var reason = relation.IsUnlogged ? "unlogged, so not replicated"
                : relation.Kind == "f" ? "a foreign table, whose rows are elsewhere"
                : !relation.IsPopulated ? "a materialised view that has not been filled"
                : null;
            if (reason is not null)
            {
                leftOut.Add($"{relation.Name}: {reason}");
                continue;
            }

            var own = columns[relation.Id].ToList();
            var hashed = own.Select(column => ColumnForms.Of(column.Name, column.TypeId, column.Modifier, column.NotNull, types)).ToImmutableArray();
            // A key of types that are not the server's own is not looked up: turning text into them may run code of whoever made the type.
            var key = keys[relation.Id].GroupBy(part => part.Index)
                .Select(index => index.Select(part => own.FindIndex(column => column.Name == part.Column)).ToList())
                .FirstOrDefault(index => index.All(at => BaseOf(types, own[at].TypeId).IsBuiltIn));
            var keyColumns = key?.Select(at => new KeyColumn(hashed[at], BaseOf(types, own[at].TypeId).Quoted)).ToImmutableArray() ?? [];
            var definition = Definition(
                own.Select(column => $"{column.Name}\u001f{column.Type}\u001f{column.NotNull}"), keyColumns.Select(part => part.Column.Name));
            shapes.Add(new TableShape(
                new Relation(
                    relation.Name, KindOf(relation.Kind, relation.Name), definition, [.. hashed.Select(column => column.Name)],
                    [.. keyColumns.Select(part => part.Column.Name)], relation.File, relation.Pages, relation.Bytes),
                hashed, keyColumns));
        }

        return (shapes.ToImmutable(), leftOut.ToImmutable());
    }

    private static RelationKind KindOf(string kind, RelationName name) => kind switch
    {
        "S" => RelationKind.Sequence,
        "m" => RelationKind.MaterializedView,
        _ => name.Schema == "pg_catalog" ? RelationKind.LargeObjects : RelationKind.Table,
    };

    private static CatalogueType BaseOf(Dictionary<long, CatalogueType> types, long id)
    {
        var type = types[id];
        while (type.Kind == "d")
        {
            type = types[type.Base];
        }

        return type;
    }

    private static string Definition(IEnumerable<string> columns, IEnumerable<string> key)
    {
        var text = string.Join('\u001e', columns) + '\u001d' + string.Join('\u001e', key);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));
    }
}
