namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>How a column's value goes into the hash of its row.</summary>
internal enum ColumnForm
{
    /// <summary>Hashed by the function of its type, which covers every bit of it.</summary>
    Int2, Int4, Int8, Bool, Oid, Text, Char, Uuid,
    /// <summary>Hashed in its binary form. For types whose own hash takes different values for equal (0 and -0) or drops half of the bits.</summary>
    Binary,
    /// <summary>A string of bytes as it is.</summary>
    Bytes,
    /// <summary>Hashed as the text that its output function gives under the session's fixed settings.</summary>
    Output,
}

/// <param name="Cast">The type to which a domain is taken back; null: it is none.</param>
/// <param name="Output">Quoted name of the output function.</param>
/// <param name="Send">Quoted name of the send function, for <see cref="ColumnForm.Binary"/>; else null.</param>
internal sealed record HashedColumn(string Name, ColumnForm Form, bool NotNull, string? Cast, string Output, string? Send)
{
    /// <summary>The column as its base type.</summary>
    public string Value => Cast is null ? $"t.{Quote.Name(Name)}" : $"t.{Quote.Name(Name)}::{Cast}";
    /// <summary>Its value as text.</summary>
    public string AsText => $"pg_catalog.textin({Output}({Value}))";
}

/// <summary>
/// The SQL expression of a row's 64-bit hash. Each column is hashed with the hash of those before it as its seed, so that neither columns
/// nor rows can trade values unnoticed. Written out column by column, because that takes half the time of hashing a record.
/// </summary>
internal static class RowHash
{
    /// <summary>Columns in one chain: deeper nesting would meet the server's limit of stack depth.</summary>
    private const int ChainLength = 40;
    /// <summary>Bits of a positive 32-bit number.</summary>
    private const int MaskBits = 31;

    /// <param name="seed">SQL: a bigint.</param>
    public static string Of(IReadOnlyList<HashedColumn> columns, string seed)
    {
        if (columns.Count <= ChainLength)
        {
            return Chain(columns, seed);
        }

        var chains = columns.Chunk(ChainLength).Select(part => $"({Chain(part, seed)})::text");
        return $"pg_catalog.hashtextextended(pg_catalog.concat_ws(',', {string.Join(", ", chains)}) COLLATE \"C\", {seed})";
    }

    private static string Chain(IReadOnlyList<HashedColumn> columns, string seed)
    {
        var plain = columns.Where(column => column.Form is not (ColumnForm.Output or ColumnForm.Binary or ColumnForm.Bytes)).ToList();
        var hash = seed;
        if (plain.Count > 0)
        {
            // Hash functions give null for null, so the short form does for every row in which these columns have no null.
            var minding = Link(plain, seed, minding: true);
            hash = plain.TrueForAll(column => column.NotNull) ? minding : $"COALESCE({Link(plain, seed, minding: false)}, {minding})";
        }

        hash = Link([.. columns.Where(column => column.Form == ColumnForm.Output)], hash, minding: true);
        var binary = columns.Where(column => column.Form == ColumnForm.Binary).Select(column => $"{column.Send}({column.Value})").ToList();
        if (binary.Count > 0)
        {
            hash = Array(binary, hash);
        }

        // Each may be large; together they could exceed what one array can hold.
        return columns.Where(column => column.Form == ColumnForm.Bytes).Aggregate(hash, (before, column) => Array([column.Value], before));
    }

    /// <param name="minding">Which values are null goes into the hash once, and a constant takes the place of each.</param>
    private static string Link(List<HashedColumn> columns, string seed, bool minding)
    {
        var hash = seed;
        foreach (var part in columns.Where(column => minding && !column.NotNull).Chunk(MaskBits))
        {
            var mask = string.Join(" + ", part.Select((column, bit) => $"CASE WHEN {column.Value} IS NULL THEN {1 << bit} ELSE 0 END"));
            hash = $"pg_catalog.hashint4extended({mask}, {hash})";
        }

        return columns.Aggregate(hash, (before, column) => Direct(column, before, minding));
    }

    private static string Array(List<string> elements, string seed) =>
        $"pg_catalog.hash_array_extended(ARRAY[{string.Join(", ", elements)}]::pg_catalog.bytea[], {seed})";

    private static string Direct(HashedColumn column, string seed, bool minding)
    {
        string Or(string value, string other) => column.NotNull || !minding ? value : $"COALESCE({value}, {other})";
        return column.Form switch
        {
            ColumnForm.Int2 => $"pg_catalog.hashint2extended({Or(column.Value, "0::pg_catalog.int2")}, {seed})",
            ColumnForm.Int4 => $"pg_catalog.hashint4extended({Or(column.Value, "0")}, {seed})",
            // The hash of a bigint folds its halves into one another; with the upper half beside it nothing is lost.
            ColumnForm.Int8 => $"pg_catalog.hashint8extended({Or($"({column.Value} >> 32)", "0")}, " +
                $"pg_catalog.hashint8extended({Or(column.Value, "0")}, {seed}))",
            ColumnForm.Bool => $"pg_catalog.hashint4extended({Or($"({column.Value})::pg_catalog.int4", "0")}, {seed})",
            ColumnForm.Oid => $"pg_catalog.hashoidextended({Or($"({column.Value})::pg_catalog.oid", "0::pg_catalog.oid")}, {seed})",
            ColumnForm.Uuid => $"pg_catalog.uuid_hash_extended({Or(column.Value, "'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid")}, {seed})",
            ColumnForm.Text => $"pg_catalog.hashtextextended({Or($"({column.Value})::pg_catalog.text", "''")} COLLATE \"C\", {seed})",
            // Blanks at the end do not count in it: where the length is fixed, they carry nothing.
            ColumnForm.Char => $"pg_catalog.hashbpcharextended({Or(column.Value, "''")} COLLATE \"C\", {seed})",
            ColumnForm.Output => $"pg_catalog.hashtextextended({Or(column.AsText, "''")} COLLATE \"C\", {seed})",
            _ => throw new ArgumentOutOfRangeException(nameof(column), column.Form, "not hashed directly"),
        };
    }
}

/// <summary>Quotes what comes from the catalogue.</summary>
internal static class Quote
{
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    public static string Name(string schema, string name) => $"{Name(schema)}.{Name(name)}";
    /// <summary>Standard conforming strings are on in the session.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
