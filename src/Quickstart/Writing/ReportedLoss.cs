using System.Globalization;
using System.Text.Json;

namespace Holdfast.Quickstart.Writing;

/// <summary>What <c>holdfast loss --json</c> names as lost, of the writer's table.</summary>
/// <param name="Ids">Of all rows that a lost transaction had inserted.</param>
/// <param name="Reports">How many reports there are: each member that had been deposed makes its own.</param>
/// <param name="Oddities">What such a report should not have, for people: gaps, and changes that the writer never makes.</param>
internal sealed record ReportedLoss(IdSet Ids, int Reports, IReadOnlyList<string> Oddities)
{
    private const string Table = "writes";

    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static ReportedLoss Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var ids = new IdSet();
        var oddities = new List<string>();
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var report = entry.GetProperty("report");
            var member = report.GetProperty("member").GetString();
            if (!report.GetProperty("isComplete").GetBoolean())
            {
                var gaps = report.TryGetProperty("gaps", out var told) ? string.Join("; ", told.EnumerateArray().Select(gap => gap.GetString())) : "";
                oddities.Add($"the report of {member} is not complete: {gaps}");
            }

            foreach (var change in entry.GetProperty("transactions").EnumerateArray()
                .SelectMany(transaction => transaction.GetProperty("changes").EnumerateArray())
                .Select(change => change.GetProperty("change")))
            {
                if (IdOf(change) is { } id)
                {
                    ids.Add(id);
                }
                else
                {
                    oddities.Add($"the report of {member} lists what the writer did not do: {change.GetRawText()}");
                }
            }
        }

        return new ReportedLoss(ids, document.RootElement.GetArrayLength(), oddities);
    }

    /// <summary>Null: not an insert into the writer's table.</summary>
    private static long? IdOf(JsonElement change)
    {
        if (change.GetProperty("kind").GetString() != "Insert" ||
            change.GetProperty("tables").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } table ||
            table.GetProperty("name").GetString() != Table)
        {
            return null;
        }

        var id = change.GetProperty("new").EnumerateArray().FirstOrDefault(value => value.GetProperty("column").GetString() == "id");
        return id.ValueKind == JsonValueKind.Object && id.TryGetProperty("text", out var text) &&
            long.TryParse(text.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
