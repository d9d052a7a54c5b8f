using System.Collections.Immutable;

namespace Holdfast.Core.Loss;

/// <summary>Quoting, and the settings under which every value is printed and read, so that it means the same everywhere.</summary>
public static class SqlText
{
    /// <summary>Name and value of each; the same when the log is decoded, when a row is checked, and in the replay.</summary>
    public static readonly ImmutableArray<(string Name, string Value)> SessionSettings =
    [
        ("client_encoding", "UTF8"), ("search_path", ""), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"),
        ("extra_float_digits", "3"), ("bytea_output", "hex"), ("lc_monetary", "C"), ("standard_conforming_strings", "on"),
        ("xmlbinary", "base64"), ("xmloption", "content"),
    ];

    /// <summary>One statement for each setting.</summary>
    public static IEnumerable<string> SetSession() => SessionSettings.Select(setting => $"SET {setting.Name} = {Literal(setting.Value)}");

    /// <summary>A name in double quotes.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Name(TableName table) => $"{Name(table.Schema)}.{Name(table.Name)}";

    /// <summary>A value in single quotes, or NULL. It takes the type of the column that it meets. For standard-conforming strings.</summary>
    public static string Literal(string? text)
    {
        if (text is null)
        {
            return "NULL";
        }

        var quoted = text.Replace("'", "''", StringComparison.Ordinal);
        // A carriage return may be lost where a file is read line by line.
        return quoted.Contains('\r', StringComparison.Ordinal)
            ? $"E'{quoted.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\r", @"\r", StringComparison.Ordinal)}'"
            : $"'{quoted}'";
    }
}
