using System.Globalization;
using System.Text.Json;

namespace Holdfast.Quickstart.Writing;

/// <summary>What <c>holdfast loss STORE --json</c> names as lost, of the writer's rows or keys.</summary>
/// <param name="Ids">Of all rows that a lost transaction had inserted, or of all keys.</param>
/// <param name="Complete">
/// The members whose report lists every change. Each member of the lost site makes its own, but may have no slot to decode by.
/// </param>
/// <param name="Gaps">Why the other reports are not complete, for people.</param>
/// <param name="Oddities">Changes that the writer never makes, for people.</param>
internal sealed record ReportedLoss(
    IdSet Ids, IReadOnlyList<string> Complete, IReadOnlyList<string> Gaps, IReadOnlyList<string> Oddities)
{
    private const string Table = "writes";

    /// <summary>Of the rows.</summary>
    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static ReportedLoss Parse(string json) => Parse(json, Table, "id", "");

    /// <summary>Of the keys.</summary>
    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static ReportedLoss ParseKeys(string json) => Parse(json, "keys", "key", SessionStore.Prefix);

    private static ReportedLoss Parse(string json, string table, string column, string prefix)
    {
        using var document = JsonDocument.Parse(json);
        var ids = new IdSet();
        var (complete, gaps, oddities) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var report = entry.GetProperty("report");
            var member = report.GetProperty("member").GetString()!;
            if (report.GetProperty("isComplete").GetBoolean())
            {
                complete.Add(member);
            }
            else
            {
                gaps.Add($"{member}: {string.Join("; ", report.GetProperty("gaps").EnumerateArray().Select(gap => gap.GetString()))}");
            }

            foreach (var change in entry.GetProperty("transactions").EnumerateArray()
                .SelectMany(transaction => transaction.GetProperty("changes").EnumerateArray())
                .Select(change => change.GetProperty("change")))
            {
                if (IdOf(change, table, column, prefix) is { } id)
                {
                    ids.Add(id);
                }
                else
                {
                    oddities.Add($"the report of {member} lists what the writer did not do: {change.GetRawText()}");
                }
            }
        }

        return new ReportedLoss(ids, complete, gaps, oddities);
    }

    /// <summary>Null: not an insert of the writer's.</summary>
    private static long? IdOf(JsonElement change, string table, string column, string prefix)
    {
        if (change.GetProperty("kind").GetString() != "Insert" ||
            change.GetProperty("tables").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } its ||
            its.GetProperty("name").GetString() != table)
        {
            return null;
        }

        var id = change.GetProperty("new").EnumerateArray().FirstOrDefault(value => value.GetProperty("column").GetString() == column);
        return id.ValueKind == JsonValueKind.Object && id.TryGetProperty("text", out var text) &&
            text.GetString() is { } said && said.StartsWith(prefix, StringComparison.Ordinal) &&
            long.TryParse(said[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
