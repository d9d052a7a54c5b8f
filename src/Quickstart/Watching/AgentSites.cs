using System.Collections.Immutable;

namespace Holdfast.Quickstart.Watching;

/// <summary>What the quickstart reads of the part about sites of <c>GET /v1/status</c>.</summary>
internal sealed record AgentSites
{
    public string? ActiveSite { get; init; }
    public long SiteEpoch { get; init; }
    /// <summary>active, passive or unknown: what the asked member's site is.</summary>
    public string Role { get; init; } = "unknown";
    public bool GlobalReachable { get; init; }
    public bool SafeToLoseSite { get; init; }
    public string Safety { get; init; } = "";
    public double? LagSeconds { get; init; }
    public long? LagBytes { get; init; }
    public AgentLink? Link { get; init; }
    public AgentMove? Move { get; init; }
}

/// <summary>The link to the passive site, as the active primary sees it.</summary>
/// <param name="State">streaming, queueing, re-syncing, lost or unknown.</param>
internal sealed record AgentLink(string State, long? BacklogBytes);

/// <summary>A move between sites, and how far it is.</summary>
/// <param name="State">running, done or failed.</param>
internal sealed record AgentMove(string Id, string Kind, string From, string To, string State, string? Result, ImmutableArray<AgentStep> Steps)
{
    /// <summary>The members were compared by checksum and agree; null: they have not been compared (yet).</summary>
    public bool? Verified =>
        Steps.Where(step => step.Step is "verify-before" or "verify").ToArray() is { Length: > 0 } compared &&
            compared.All(step => step.State is "done" or "failed")
            ? compared.All(step => step.State == "done")
            : null;
}

/// <param name="State">pending, running, done, failed or skipped.</param>
/// <param name="TookMs">Null: not ended.</param>
internal sealed record AgentStep(string Step, string State, long? TookMs, string? Detail);
