using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Lab.Hosts;

namespace Holdfast.Lab.Faults;

/// <summary>What <c>holdfast loss</c> names.</summary>
internal static class LossReports
{
    /// <summary>Ids of rows and entries in all reports. Empty: there is none, or nobody answers.</summary>
    public static async Task<ImmutableHashSet<long>> IdsAsync(LabCluster cluster)
    {
        var outcome = await cluster.RunAsync("loss", "--json", "--no-check");
        var start = outcome.Output.IndexOf('[', StringComparison.Ordinal);
        return outcome.ExitCode == 0 && start >= 0 ? Parse(outcome.Output[start..(outcome.Output.LastIndexOf(']') + 1)]) : [];
    }

    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static ImmutableHashSet<long> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.EnumerateArray().SelectMany(entry => entry.GetProperty("transactions").EnumerateArray())
                .SelectMany(transaction => transaction.GetProperty("changes").EnumerateArray()).Select(change => change.GetProperty("change"))
                .Select(IdOf).OfType<long>(),
        ];
    }

    /// <summary>Null: not an insert into one of the clients' tables.</summary>
    private static long? IdOf(JsonElement change)
    {
        if (change.GetProperty("kind").GetString() != "Insert" ||
            change.GetProperty("tables").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } table ||
            table.GetProperty("name").GetString() is not ("rows" or "items"))
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
