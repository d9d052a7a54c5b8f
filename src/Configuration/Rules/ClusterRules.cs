using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Configuration.Yaml;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among the clusters: who has one, and that they are different ones.</summary>
internal static class ClusterRules
{
    public static void Check(Section root, Findings findings)
    {
        var coordination = root.Sub(SystemKeys.Coordination);
        CheckAccess(coordination, findings);
        if (coordination.IsGiven(CoordinationKeys.Local))
        {
            CheckLocal(root, coordination, findings);
        }

        CheckServers(root, findings);
        CheckMajority(root, findings);
    }

    private static void CheckAccess(Section coordination, Findings findings)
    {
        if (!coordination.IsGiven(CoordinationKeys.Global))
        {
            return;
        }

        foreach (var key in ClusterKeys.Access.Where(coordination.IsGiven))
        {
            findings.Error(
                coordination.PlaceOf(key),
                "stands beside 'global', where no cluster uses it",
                $"write '{key.Name}' within coordination.global, and within each section of coordination.local that needs it");
        }
    }

    private static void CheckLocal(Section root, Section coordination, Findings findings)
    {
        var place = coordination.PlaceOf(CoordinationKeys.Local);
        if (coordination.IsGiven(CoordinationKeys.Etcd) && !coordination.IsGiven(CoordinationKeys.Global))
        {
            findings.Error(
                place, "is given without 'global': nothing would say which site is active",
                "write what stands in 'coordination' now within 'global: {…}'");
        }

        var sites = root.All(SystemKeys.Sites);
        var homes = sites.Where(site => !site.Value.Get(SiteKeys.Witness)).Select(site => site.Name).ToList();
        var local = coordination.All(CoordinationKeys.Local);
        foreach (var cluster in local.Where(cluster => sites.Length > 0 && !homes.Contains(cluster.Name)))
        {
            if (sites.Any(site => site.Name == cluster.Name))
            {
                findings.Error(
                    cluster.Place, $"{cluster.Name} is a witness site, which carries no members and needs no cluster of its own",
                    "remove it; a witness site carries a server of coordination.global");
            }
            else
            {
                findings.Error(
                    cluster.Place, $"there is no site '{cluster.Name}'",
                    DidYouMean.Nearest(cluster.Name, homes) is { } near ? $"did you mean '{near}'?" : MemberRules.Choice(homes));
            }
        }

        var without = Places.Members(root).Select(member => member.Site).OfType<string>().Distinct().Where(homes.Contains)
            .Except(local.Select(cluster => cluster.Name)).Order(StringComparer.Ordinal).ToList();
        if (without.Count > 0 && local.Length > 0)
        {
            findings.Error(
                place, $"has no cluster for {string.Join(" and for ", without)}, where there are members",
                $"add '{without[0]}: {{etcd: {ClusterKeys.ServersExample}}}', or remove 'local' so that the global cluster serves all");
        }
    }

    private static void CheckServers(Section root, Findings findings)
    {
        var taken = new Dictionary<Endpoint, string>();
        foreach (var cluster in Clusters.Local(root).Prepend(Clusters.Global(root)))
        {
            foreach (var (uri, place) in cluster.Servers)
            {
                var address = HostPlaces.Comparable(CoordinationRules.AddressOf(uri));
                if (!taken.TryAdd(address, cluster.Path) && taken[address] != cluster.Path)
                {
                    findings.Error(
                        place, $"{uri.GetLeftPart(UriPartial.Authority)} is a server of {taken[address]} already",
                        "name each server in one cluster only; a host may run two servers, at different ports");
                }
            }
        }
    }

    /// <summary>Two servers make a cluster that is away as soon as either is. That is told where a site depends on it.</summary>
    private static void CheckMajority(Section root, Findings findings)
    {
        var isStretched = root.All(SystemKeys.Stores).Any(store => Places.SitesOf(store.Value).Count > 1);
        foreach (var cluster in Clusters.Local(root).Prepend(Clusters.Global(root)))
        {
            if (cluster.Servers.Length != 2 || (cluster.Site is null && !isStretched))
            {
                continue;
            }

            Place place = cluster.Section.PlaceOf(cluster.Section.IsGiven(CoordinationKeys.Etcd) ? CoordinationKeys.Etcd : ClusterKeys.Etcd);
            findings.Warn(
                place,
                "two etcd servers agree only while both are up: when either is away, nothing can be decided",
                cluster.Site is null ? "add a third, at a witness site" : "add a third, on another host of the site");
        }
    }
}
