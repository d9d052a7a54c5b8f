using System.Collections.Immutable;
using Holdfast.Core.Loss;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>Asks a server's catalogue what a table's columns and key are.</summary>
internal static class TableFacts
{
    private const char Separator = '\t';

    /// <summary>The key is what the log identifies rows by: the columns of the identity's index if one was named, else the primary key.</summary>
    private const string Query = """
        SELECT c.relreplident::text,
          (SELECT string_agg(a.attname, E'\t' ORDER BY array_position(i.indkey::int2[], a.attnum))
             FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
             WHERE i.indrelid = c.oid AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END),
          (SELECT string_agg(concat_ws(E'\t', a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '', a.attidentity <> ''), E'\n'
                  ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
        """;

    /// <summary>Null: there is no such table.</summary>
    public static async Task<LossTable?> ReadAsync(
        NpgsqlConnection connection, string database, TableName name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name.Schema, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name.Name, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        ImmutableArray<string> key = await reader.IsDBNullAsync(1, cancellationToken) ? [] : [.. reader.GetString(1).Split(Separator)];
        ImmutableArray<LossColumn> columns = await reader.IsDBNullAsync(2, cancellationToken)
            ? [] : [.. reader.GetString(2).Split('\n').Select(Column)];
        var identity = reader.GetString(0) switch
        {
            "n" => RowIdentity.None,
            "f" => RowIdentity.Full,
            _ => key.IsEmpty ? RowIdentity.None : RowIdentity.Key,
        };
        return new LossTable(database, name, identity, key, columns);
    }

    private static LossColumn Column(string line)
    {
        var fields = line.Split(Separator);
        return new LossColumn(fields[0], fields[1], fields[2] == "t", fields[3] == "t");
    }
}
