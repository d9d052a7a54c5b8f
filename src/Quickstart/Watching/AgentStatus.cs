using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Quickstart.Watching;

/// <summary>What the quickstart reads of <c>GET /v1/status</c>; other fields are skipped.</summary>
internal sealed record AgentStatus
{
    public long Epoch { get; init; }
    public string? Primary { get; init; }
    public string Mode { get; init; } = "unknown";
    public bool SafeToLoseHost { get; init; }
    public string Safety { get; init; } = "";
    public bool CoordinationReachable { get; init; }
    public ImmutableArray<AgentMember> Members { get; init; } = [];
    /// <summary>Null: the store has one site.</summary>
    public AgentSites? Sites { get; init; }
}

/// <summary>One member as an agent sees it.</summary>
internal sealed record AgentMember
{
    public string Name { get; init; } = "";
    public bool Healthy { get; init; }
    public string Role { get; init; } = "unknown";
    public string State { get; init; } = "unknown";
    public string? Fault { get; init; }
    public string? Job { get; init; }

    /// <summary>For people: "orders-2: standby, cloning (cloning from orders-1)".</summary>
    public override string ToString() => $"{Name}: {Role}, {State}" + ((Fault ?? Job) is { } more ? $" ({more})" : "");
}

/// <summary>What the quickstart reads of an entry of <c>GET /v1/history</c>.</summary>
internal sealed record HistoryEntry
{
    public long Epoch { get; init; }
    public string Kind { get; init; } = "";
    public string? From { get; init; }
    public string To { get; init; } = "";
    public string Rule { get; init; } = "";
    public string Reason { get; init; } = "";
    public double? DetectedMs { get; init; }
    public double? PromisedMs { get; init; }
    public double? ElectedMs { get; init; }
    public double? PromotedMs { get; init; }
    public double? FirstCommitMs { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AgentStatus))]
[JsonSerializable(typeof(HistoryEntry[]))]
internal sealed partial class AgentJson : JsonSerializerContext;
