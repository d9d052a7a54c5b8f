using System.Collections.Immutable;

namespace Holdfast.Harness.Sites;

/// <summary>Sites and their hosts, by name. Every two sites have a link between them.</summary>
public sealed record NetPlan(ImmutableArray<SitePlan> Sites)
{
    /// <summary>Sites with hosts, such as <c>("fra", ["fra-1", "fra-2"])</c>.</summary>
    public static NetPlan Of(params IEnumerable<(string Site, IEnumerable<string> Hosts)> sites) =>
        new([.. sites.Select(site => new SitePlan(site.Site, [.. site.Hosts]))]);

    /// <summary>Every two sites, once.</summary>
    public IEnumerable<(SitePlan A, SitePlan B)> Pairs =>
        Sites.SelectMany((a, index) => Sites.Skip(index + 1).Select(b => (a, b)));
}

/// <param name="Name">At most ten characters: it becomes part of names of network devices.</param>
/// <param name="Hosts">Names, unique in the whole plan, at most thirteen characters.</param>
public sealed record SitePlan(string Name, ImmutableArray<string> Hosts);

/// <summary>Packets from one site to another are dropped without a word; the other direction is untouched.</summary>
public readonly record struct Cut(string From, string To)
{
    /// <summary>Both directions.</summary>
    public static ImmutableArray<Cut> Both(string a, string b) => [new(a, b), new(b, a)];

    public override string ToString() => $"{From}>{To}";
}

/// <summary>Packets from one host to another are dropped without a word; the other direction is untouched.</summary>
public readonly record struct PairCut(string From, string To)
{
    /// <summary>Both directions.</summary>
    public static ImmutableArray<PairCut> Both(string a, string b) => [new(a, b), new(b, a)];

    public override string ToString() => $"{From}>{To}";
}

/// <summary>What a host that is cut off alone can no longer do.</summary>
[Flags]
public enum HostCut
{
    None = 0,
    /// <summary>Nothing that it sends arrives anywhere.</summary>
    Out = 1,
    /// <summary>Nothing arrives at it.</summary>
    In = 2,
    Both = Out | In,
}
