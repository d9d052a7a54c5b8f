using System.Collections.Immutable;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>All faults of two sites, in the order in which they are exercised.</summary>
internal static class SiteFaultCatalogue
{
    public static readonly ImmutableArray<string> Names = [SiteSwitchover.Key, LinkCut.Key, SiteDisaster.Key, SiteFailback.Key];

    public static SiteFault Create(string name, Options options) => name switch
    {
        SiteSwitchover.Key => new SiteSwitchover(),
        LinkCut.Key => new LinkCut(options.LinkCut),
        SiteDisaster.Key => new SiteDisaster(),
        SiteFailback.Key => new SiteFailback(),
        _ => throw new QuickstartException($"'{name}' is not a fault of two sites; there are {string.Join(", ", Names)}"),
    };
}
