using System.Text.Json;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>What an agent says about the sites, as far as fixtures look at it; read from the JSON, not by the product's own types.</summary>
internal sealed record SeenSites
{
    public long Epoch { get; init; }
    public string? Active { get; init; }
    /// <summary>The agent's member is the primary at the active site, or the leader at the passive one.</summary>
    public int Leads { get; init; }
    public bool Safe { get; init; }
    public bool Reachable { get; init; }
    public string? Link { get; init; }
    public string? Rule { get; init; }
    public bool MoveRuns { get; init; }

    public static SeenSites? Read(string? json)
    {
        if (json is null)
        {
            return null;
        }

        var status = JsonDocument.Parse(json).RootElement;
        if (status.GetProperty("sites") is not { ValueKind: JsonValueKind.Object } sites)
        {
            return null;
        }

        var active = Text(sites, "activeSite");
        var leads = Text(status, "primary") == Text(status, "member");
        return new SeenSites
        {
            Epoch = sites.GetProperty("siteEpoch").GetInt64(),
            Active = active,
            Leads = leads ? Text(status, "site") == active ? 2 : 1 : 0,
            Safe = sites.GetProperty("safeToLoseSite").GetBoolean(),
            Reachable = sites.GetProperty("globalReachable").GetBoolean(),
            Link = sites.TryGetProperty("link", out var link) && link.ValueKind == JsonValueKind.Object ? Text(link, "state") : null,
            Rule = Text(sites, "rule"),
            MoveRuns = sites.TryGetProperty("move", out var move) && move.ValueKind == JsonValueKind.Object && Text(move, "state") == "running",
        };
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
