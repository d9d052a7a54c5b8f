using System.Collections.Immutable;
using System.Text.Json;

namespace Holdfast.Harness.Members;

/// <summary>What an agent answers to <c>GET /v1/status</c>, as far as tests look at it; read from the JSON, not by the product's own types.</summary>
public sealed record SeenStatus
{
    public long Epoch { get; init; }
    public string? Primary { get; init; }
    public string Mode { get; init; } = "";
    public DateTimeOffset? UnprotectedSince { get; init; }
    public ImmutableArray<string> Candidates { get; init; } = [];
    public bool Paused { get; init; }
    public bool CoordinationReachable { get; init; }
    public string? CoordinationProblem { get; init; }
    public bool SafeToLoseHost { get; init; }
    public string Safety { get; init; } = "";
    public string? Rule { get; init; }
    public string? Reason { get; init; }
    public ImmutableArray<SeenMember> Members { get; init; } = [];

    public SeenMember Of(string member) => Members.Single(one => one.Name == member);

    internal static SeenStatus Read(string json) => JsonSerializer.Deserialize<SeenStatus>(json, JsonSerializerOptions.Web)!;

    public override string ToString() =>
        $"epoch {Epoch}, primary {Primary}, {Mode} {{{string.Join(", ", Candidates)}}}, coordination {(CoordinationReachable ? "reached" : "away")}, " +
        $"{Rule}: {Reason}; {string.Join("; ", Members.Select(member => member.ToString()))}";
}

/// <summary>One member in <see cref="SeenStatus"/>.</summary>
public sealed record SeenMember
{
    public string Name { get; init; } = "";
    public bool Reachable { get; init; }
    public bool Healthy { get; init; }
    public string Role { get; init; } = "";
    public string State { get; init; } = "";
    public long? LagBytes { get; init; }
    public string? Fault { get; init; }
    public string? Job { get; init; }

    public override string ToString() => $"{Name} {Role} {State}{(Healthy ? "" : " NOT HEALTHY")}{(Fault is null ? "" : $" ({Fault})")}";
}
