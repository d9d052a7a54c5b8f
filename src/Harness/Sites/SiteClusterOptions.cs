using System.Collections.Immutable;
using Holdfast.Harness.Members;

namespace Holdfast.Harness.Sites;

/// <summary>Where coordination is.</summary>
public enum CoordinationLayout
{
    /// <summary>One etcd cluster over both sites and the witness.</summary>
    Stretched,
    /// <summary>The same for what concerns sites, and a cluster of its own at each site for the groups there.</summary>
    PerSite,
}

/// <summary>What to build: two sites, a witness, and stores with members at each site.</summary>
public sealed record SiteClusterOptions
{
    public ImmutableArray<string> Sites { get; init; } = ["fra", "ber"];
    public string Witness { get; init; } = "muc";
    public CoordinationLayout Coordination { get; init; } = CoordinationLayout.Stretched;
    /// <summary>Hosts for members at each site; etcd has a host of its own beside them.</summary>
    public int HostsPerSite { get; init; } = 2;
    public ImmutableArray<SiteStoreOptions> Stores { get; init; } = [new SiteStoreOptions()];
}

/// <summary>One store, with a member on every host.</summary>
public sealed record SiteStoreOptions
{
    public string Name { get; init; } = "orders";
    public string Kind { get; init; } = GroupOptions.PostgreSql;
    /// <summary><c>fence</c> or <c>continue</c>.</summary>
    public string Isolation { get; init; } = "fence";
    /// <summary><c>automatic</c> or <c>manual</c>.</summary>
    public string SiteFailover { get; init; } = "manual";
    /// <summary>The site that is active at first; null: the cluster's first.</summary>
    public string? PreferredSite { get; init; }
    public string HostRpo { get; init; } = "0s";
    public string SiteRpo { get; init; } = "5s";
    public string SiteRto { get; init; } = "30s";
    public bool EnforceRpo { get; init; }
    /// <summary><c>allow</c> or <c>stall</c>; null: not written.</summary>
    public string? Unprotected { get; init; }
    /// <summary>Keys of <c>timing:</c>.</summary>
    public ImmutableDictionary<string, string> Timing { get; init; } = ImmutableDictionary<string, string>.Empty
        .Add("suspect-after", "1s").Add("candidate-lost-after", "2s").Add("lease", "5s").Add("site-lease", "3s");
    /// <summary>Keys of <c>site-link:</c>.</summary>
    public ImmutableDictionary<string, string> SiteLink { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>Further keys of the store, one line each, such as <c>archive: /somewhere</c>.</summary>
    public ImmutableArray<string> Further { get; init; } = [];
    /// <summary>Further keys of <c>postgresql:</c>, one line each, such as <c>slot-bound: 64MiB</c>.</summary>
    public ImmutableArray<string> FurtherPostgreSql { get; init; } = [];
    /// <summary>Settings of the server.</summary>
    public ImmutableDictionary<string, string> Parameters { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>Declares all members to be at this site, wherever their hosts are: one group whose members are far apart.</summary>
    public string? DeclaredSite { get; init; }

    public SiteStoreOptions WithTiming(string key, string value) => this with { Timing = Timing.SetItem(key, value) };
}
