using System.Globalization;
using System.Text.Json;

namespace Holdfast.Quickstart.Writing;

/// <summary>What <c>holdfast loss --json</c> names as lost, of the writer's table.</summary>
/// <param name="Ids">Of all rows that a lost transaction had inserted.</param>
/// <param name="Complete">
/// The members whose report lists every change. Each member of the lost site makes its own, but may have no slot to decode by.
/// </param>
/// <param name="Gaps">Why the other reports are not complete, for people.</param>
/// <param name="Oddities">Changes that the writer never makes, for people.</param>
internal sealed record ReportedLoss(
    IdSet Ids, IReadOnlyList<string> Complete, IReadOnlyList<string> Gaps, IReadOnlyList<string> Oddities)
{
    private const string Table = "writes";

    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static ReportedLoss Parse(string json)
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

        return new ReportedLoss(ids, complete, gaps, oddities);
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
