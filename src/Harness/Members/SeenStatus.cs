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
    /// <summary>Null for a store with one site.</summary>
    public SeenSites? Sites { get; init; }

    public SeenMember Of(string member) => Members.Single(one => one.Name == member);

    internal static SeenStatus Read(string json) => JsonSerializer.Deserialize<SeenStatus>(json, JsonSerializerOptions.Web)!;

    public override string ToString() =>
        $"epoch {Epoch}, primary {Primary}, {Mode} {{{string.Join(", ", Candidates)}}}, coordination {(CoordinationReachable ? "reached" : "away")}, " +
        $"{Rule}: {Reason}; {string.Join("; ", Members.Select(member => member.ToString()))}{(Sites is null ? "" : $"; {Sites}")}";
}

/// <summary>What <see cref="SeenStatus"/> says about the store's sites.</summary>
public sealed record SeenSites
{
    public string? ActiveSite { get; init; }
    public long SiteEpoch { get; init; }
    public bool GlobalReachable { get; init; }
    public string? LeaseSite { get; init; }
    public bool SafeToLoseSite { get; init; }
    public string Safety { get; init; } = "";
    public double? LagSeconds { get; init; }
    public SeenLink? Link { get; init; }
    public SeenMove? Move { get; init; }
    public string? Rule { get; init; }
    public string? Reason { get; init; }

    public override string ToString() =>
        $"{ActiveSite} active under site epoch {SiteEpoch}, global scope {(GlobalReachable ? "reached" : "away")}, lease of {LeaseSite ?? "nobody"}, " +
        $"lag {LagSeconds:F1} s, link {Link?.State}, {Rule}: {Reason}; safety: {Safety}{(Move is null ? "" : $"; {Move}")}";
}

/// <summary>The link from the active site to the passive one.</summary>
public sealed record SeenLink
{
    public string State { get; init; } = "";
    public long? BacklogBytes { get; init; }
}

/// <summary>A move between sites.</summary>
public sealed record SeenMove
{
    public string Id { get; init; } = "";
    public string Kind { get; init; } = "";
    public string To { get; init; } = "";
    public string State { get; init; } = "";
    public string? Result { get; init; }
    public ImmutableArray<SeenStep> Steps { get; init; } = [];

    /// <summary>The first step that has not ended; null: there is none.</summary>
    public SeenStep? Current => Steps.FirstOrDefault(step => step.State is "pending" or "running");

    public override string ToString() =>
        $"{Kind} to {To} {State}{(Result is null ? "" : $" ({Result})")}: {string.Join(", ", Steps.Select(step => $"{step.Step} {step.State}"))}";
}

/// <param name="Step">Its name, such as <c>catch-up</c>.</param>
/// <param name="State">pending, running, done, failed or skipped.</param>
/// <param name="TookMs">Null: not ended.</param>
public sealed record SeenStep(string Step, string State, string? Detail, long? TookMs);

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
