using System.Collections.Immutable;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>What a site is for a store at the beginning of a cell: its sites are equal, and the one that is active changes.</summary>
public enum SiteRole
{
    /// <summary>The active site, A.</summary>
    Active,
    /// <summary>The passive site, B.</summary>
    Passive,
    /// <summary>The witness, W.</summary>
    Witness,
}

/// <summary>Which directions of the links named by a <see cref="CutCase"/> are cut.</summary>
public enum Way
{
    Both,
    /// <summary>From the first named site to the others.</summary>
    Out,
    /// <summary>From the others to the first named site.</summary>
    In,
}

/// <summary>A combination of cut links among active site, passive site and witness.</summary>
public sealed record CutCase(string Title, SiteRole Centre, ImmutableArray<(SiteRole From, SiteRole To)> Links, Way Way)
{
    private const SiteRole A = SiteRole.Active;
    private const SiteRole B = SiteRole.Passive;
    private const SiteRole W = SiteRole.Witness;

    /// <summary>Every combination of links; each that is not all or nothing in both directions and in either one.</summary>
    public static ImmutableArray<CutCase> All { get; } =
    [
        new("nothing", A, [], Way.Both),
        .. Ways("A–B", A, (A, B)),
        .. Ways("A–W", A, (A, W)),
        .. Ways("B–W", B, (B, W)),
        .. Ways("A–B and A–W", A, (A, B), (A, W)),
        .. Ways("A–B and B–W", B, (B, A), (B, W)),
        .. Ways("A–W and B–W", W, (W, A), (W, B)),
        new("A–B, A–W and B–W", A, [(A, B), (A, W), (B, W)], Way.Both),
    ];

    /// <summary>The single directions that are cut.</summary>
    public IEnumerable<(SiteRole From, SiteRole To)> Directions => Links.SelectMany(
        link => Way switch
        {
            Way.Out => [link],
            Way.In => [(link.To, link.From)],
            _ => ((SiteRole From, SiteRole To)[])[link, (link.To, link.From)],
        });

    /// <summary>True when two sites can hold a conversation: packets pass in both directions.</summary>
    public bool Connects(SiteRole one, SiteRole other) => one == other || !Directions.Any(cut => cut == (one, other) || cut == (other, one));

    /// <summary>How it is called in the table.</summary>
    public string Name => Way switch
    {
        Way.Out => $"{Title}, only from {Letter(Centre)}",
        Way.In => $"{Title}, only to {Letter(Centre)}",
        _ => Title,
    };

    public override string ToString() => Name;

    private static IEnumerable<CutCase> Ways(string title, SiteRole centre, params ImmutableArray<(SiteRole, SiteRole)> links) =>
        Enum.GetValues<Way>().Select(way => new CutCase(title, centre, links, way));

    private static string Letter(SiteRole role) => role switch { SiteRole.Active => "A", SiteRole.Passive => "B", _ => "W" };
}

/// <summary>A column of the table: how the store is declared, and whether the primary's host is lost at the moment of the cut.</summary>
public sealed record Column(string Isolation, bool HostFails, CoordinationLayout Coordination = CoordinationLayout.Stretched)
{
    public static ImmutableArray<Column> All { get; } =
    [
        new("fence", false), new("continue", false), new("fence", true), new("continue", true), new("continue", true, CoordinationLayout.PerSite),
    ];

    /// <summary>As in the head of the table.</summary>
    public string Title => $"`{Isolation}`{(HostFails ? ", primary's host lost" : "")}{(Coordination == CoordinationLayout.PerSite ? ", coordination per site" : "")}";
}

/// <summary>One cell of the table.</summary>
public sealed record Cell(CutCase Case, Column Column)
{
    public bool HostFails => Column.HostFails;

    public override string ToString() => $"{Column.Title}: {Case}";
}
