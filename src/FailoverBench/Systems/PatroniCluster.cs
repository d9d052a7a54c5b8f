using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.FailoverBench.Systems;

/// <summary>What the benchmark reads of Patroni's <c>GET /cluster</c>.</summary>
internal sealed record PatroniCluster
{
    public ImmutableArray<PatroniMember> Members { get; init; } = [];
}

/// <summary>One member, as Patroni sees it.</summary>
internal sealed record PatroniMember
{
    public string Name { get; init; } = "";
    public string Role { get; init; } = "unknown";
    public string State { get; init; } = "unknown";
    public bool IsLeader => Role is "leader" or "master" or "primary";

    public override string ToString() => $"{Name}: {Role}, {State}";
}

/// <summary>The body of <c>POST /switchover</c>.</summary>
internal sealed record PatroniSwitchover(string Leader);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PatroniCluster))]
[JsonSerializable(typeof(PatroniSwitchover))]
internal sealed partial class PatroniJson : JsonSerializerContext;
