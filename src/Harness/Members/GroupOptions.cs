using System.Collections.Immutable;

namespace Holdfast.Harness.Members;

/// <summary>What kind of group to make. The defaults are the product's, but for more patience: test machines are busy.</summary>
public sealed record GroupOptions
{
    public const string PostgreSql = "postgresql";
    /// <summary>Or what the environment says: the same suite runs against Valkey.</summary>
    public static string Redis { get; } = Environment.GetEnvironmentVariable("HOLDFAST_TEST_REDIS_KIND") ?? "redis";

    public int Members { get; init; } = 3;
    /// <summary>Of the store, as in the file.</summary>
    public string Kind { get; init; } = PostgreSql;
    /// <summary>Recovery point objective for the loss of a host, as in the file: <c>0s</c> is zero-loss.</summary>
    public string Rpo { get; init; } = "0s";
    /// <summary><c>allow</c> or <c>stall</c>; null: not written.</summary>
    public string? Unprotected { get; init; }
    /// <summary>Keys of <c>timing:</c>.</summary>
    public ImmutableDictionary<string, string> Timing { get; init; } =
        ImmutableDictionary<string, string>.Empty.Add("suspect-after", "1s").Add("candidate-lost-after", "2s").Add("lease", "5s");
    /// <summary>Keys of <c>gate:</c>.</summary>
    public ImmutableDictionary<string, string> Gate { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>Settings of the server.</summary>
    public ImmutableDictionary<string, string> Parameters { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>Folder of PostgreSQL's programs; null: found by the agent.</summary>
    public string? Bin { get; init; }
    /// <summary>Further keys of <c>coordination:</c>, one line each, such as <c>user: holdfast</c>.</summary>
    public ImmutableArray<string> Coordination { get; init; } = [];
    /// <summary>Further keys of the store, one line each; <c>FOLDER</c> in them stands for the group's folder.</summary>
    public ImmutableArray<string> Store { get; init; } = [];
    /// <summary>Folders of single members elsewhere than in the group's own, by the member's number from 1.</summary>
    public ImmutableDictionary<int, string> Folders { get; init; } = ImmutableDictionary<int, string>.Empty;

    public GroupOptions WithTiming(string key, string value) => this with { Timing = Timing.SetItem(key, value) };
}
