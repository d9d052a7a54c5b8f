using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Hosts;

namespace Holdfast.Lab.Faults;

/// <summary>Under which epoch each primary acknowledged, as <c>holdfast history</c> tells it.</summary>
internal static class Epochs
{
    /// <summary>Of all sites. Primaries that the history does not name are left out.</summary>
    /// <exception cref="InvalidOperationException">A site's history cannot be had: without it nothing is known of epochs.</exception>
    public static async Task<ImmutableDictionary<Reign, long>> OfAsync(LabCluster cluster)
    {
        var epochs = ImmutableDictionary.CreateBuilder<Reign, long>();
        foreach (var site in cluster.Topology.Store.Sites)
        {
            var outcome = await cluster.RunAsync("history", "--json", "--limit", "1000", "--site", site);
            if (outcome.ExitCode != 0)
            {
                throw new InvalidOperationException($"'holdfast history --site {site}' ended with {outcome.ExitCode}: {outcome.Output}");
            }

            foreach (var (reign, epoch) in Parse(outcome.Output))
            {
                epochs[reign] = epoch;
            }
        }

        return epochs.ToImmutable();
    }

    /// <exception cref="JsonException">It is not what the command prints.</exception>
    public static IEnumerable<(Reign Reign, long Epoch)> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.EnumerateArray()
                .Where(entry => entry.GetProperty("to").ValueKind == JsonValueKind.String && entry.GetProperty("timeline").ValueKind == JsonValueKind.Number)
                .Select(entry => (
                    new Reign(entry.GetProperty("to").GetString()!, entry.GetProperty("timeline").GetInt32().ToString("X8", CultureInfo.InvariantCulture)),
                    entry.GetProperty("epoch").GetInt64())),
        ];
    }
}
