namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>A type as the catalogue has it.</summary>
/// <param name="Kind"><c>typtype</c>: b base, c composite, d domain, e enum, r range, m multirange.</param>
/// <param name="Base">Of a domain.</param>
/// <param name="Output">Quoted name of the output function.</param>
internal sealed record CatalogueType(long Id, string Schema, string Name, string Kind, long Base, string Output)
{
    /// <summary>The server's own, so that turning text into it runs nobody else's code.</summary>
    public bool IsBuiltIn => Schema == "pg_catalog" && (Kind is "b" or "r" or "m");
    public string Quoted => Quote.Name(Schema, Name);
}

/// <summary>Chooses how each type is hashed: fast where the server's own hash is exact, by its binary form or its text elsewhere.</summary>
internal static class ColumnForms
{
    /// <summary>Types whose binary form is exact, fixed and quick; none contains text, which would be converted on the way.</summary>
    private static readonly Dictionary<string, string> Sent = new(StringComparer.Ordinal)
    {
        ["float4"] = "float4send",
        ["float8"] = "float8send",
        ["timestamp"] = "timestamp_send",
        ["timestamptz"] = "timestamptz_send",
        ["date"] = "date_send",
        ["time"] = "time_send",
        ["timetz"] = "timetz_send",
        ["interval"] = "interval_send",
        ["money"] = "cash_send",
        ["pg_lsn"] = "pg_lsn_send",
        ["xid8"] = "xid8send",
    };

    /// <param name="declared">The column's type.</param>
    /// <param name="modifier"><c>atttypmod</c>; -1: none.</param>
    public static HashedColumn Of(string column, long declared, int modifier, bool notNull, IReadOnlyDictionary<long, CatalogueType> types)
    {
        var type = types[declared];
        while (type.Kind == "d")
        {
            type = types[type.Base];
        }

        var cast = type.Id == declared ? null : type.Quoted;
        if (!type.IsBuiltIn)
        {
            return new HashedColumn(column, ColumnForm.Output, notNull, cast, type.Output, null);
        }

        var form = type.Name switch
        {
            "int2" => ColumnForm.Int2,
            "int4" => ColumnForm.Int4,
            "int8" => ColumnForm.Int8,
            "bool" => ColumnForm.Bool,
            "oid" => ColumnForm.Oid,
            "text" or "varchar" => ColumnForm.Text,
            // A domain has its length in its own modifier, not in the column's.
            "bpchar" when modifier > 0 && cast is null => ColumnForm.Char,
            "uuid" => ColumnForm.Uuid,
            "bytea" => ColumnForm.Bytes,
            _ => Sent.ContainsKey(type.Name) ? ColumnForm.Binary : ColumnForm.Output,
        };
        return new HashedColumn(column, form, notNull, cast, type.Output, form == ColumnForm.Binary ? $"pg_catalog.{Sent[type.Name]}" : null);
    }
}
