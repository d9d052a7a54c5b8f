using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;

namespace Holdfast.Configuration.Rules;

/// <summary>An etcd cluster as far as it could be read.</summary>
/// <param name="Site">The site that it serves alone; null: the one for all.</param>
/// <param name="Section">Where its keys are.</param>
internal sealed record ClusterAsRead(string? Site, Section Section, ImmutableArray<Located<Uri>> Servers)
{
    public string Path => Section.Place.Path;
    public TimeSpan RequestTimeout => Section.Get(ClusterKeys.RequestTimeout);
}

/// <summary>The clusters of the file, whichever of the two ways it names them.</summary>
internal static class Clusters
{
    /// <summary>The cluster that knows which site is active, and that serves the groups of sites without one of their own.</summary>
    public static ClusterAsRead Global(Section root)
    {
        var coordination = root.Sub(SystemKeys.Coordination);
        return coordination.IsGiven(CoordinationKeys.Global)
            ? Cluster(null, coordination.Sub(CoordinationKeys.Global))
            : new ClusterAsRead(null, coordination, coordination.All(CoordinationKeys.Etcd));
    }

    /// <summary>The clusters of single sites.</summary>
    public static IEnumerable<ClusterAsRead> Local(Section root) =>
        root.Sub(SystemKeys.Coordination).All(CoordinationKeys.Local).Select(entry => Cluster(entry.Name, entry.Value));

    /// <summary>Those that the groups at these sites use.</summary>
    public static IEnumerable<ClusterAsRead> Of(Section root, IEnumerable<string> sites)
    {
        var local = Local(root).ToList();
        return sites.Select(site => local.Find(cluster => cluster.Site == site) ?? Global(root)).DistinctBy(cluster => cluster.Path);
    }

    private static ClusterAsRead Cluster(string? site, Section section) => new(site, section, section.All(ClusterKeys.Etcd));
}
