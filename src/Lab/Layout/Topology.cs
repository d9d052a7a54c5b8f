using System.Collections.Immutable;
using Holdfast.Core.Topology;

namespace Holdfast.Lab.Layout;

/// <param name="Host">The host it runs on, which no other member shares.</param>
internal sealed record LabMember(string Name, string Site, string Host);

/// <param name="Scope">The site whose cluster it belongs to; empty: the global scope, or the only cluster.</param>
/// <param name="Host">The member's host that it shares, or one of its own.</param>
internal sealed record LabEtcd(string Name, string Scope, string Site, string Host);

/// <summary>What the laboratory builds of a file: hosts at sites, members and etcd servers on them.</summary>
internal sealed record Topology
{
    public required StoreSpec Store { get; init; }
    /// <summary>All sites by their names in the file, in alphabetical order, with their names as parts of names of network devices.</summary>
    public required ImmutableSortedDictionary<string, string> Sites { get; init; }
    public required ImmutableArray<LabMember> Members { get; init; }
    public required ImmutableArray<LabEtcd> Etcd { get; init; }

    public bool HasTwoSites => Store.HasTwoSites;

    /// <summary>Hosts of a site, those of members first.</summary>
    public IEnumerable<string> HostsAt(string site) =>
        Members.Where(member => member.Site == site).Select(member => member.Host)
            .Concat(Etcd.Where(server => server.Site == site).Select(server => server.Host)).Distinct(StringComparer.Ordinal);

    /// <summary>The other site with members.</summary>
    public string OtherSite(string site) => Store.Sites.Single(other => other != site);

    /// <exception cref="LabException">The file has several stores and none is named, or the named one is not there.</exception>
    public static Topology Of(SystemSpec system, string? storeName)
    {
        var store = Choose(system, storeName);
        var sites = system.Sites.Keys.Order(StringComparer.Ordinal).Select((site, index) => (site, index))
            .ToImmutableSortedDictionary(pair => pair.site, pair => pair.site.Length <= 8 ? pair.site : $"site{pair.index}", StringComparer.Ordinal);
        var members = store.Members.Values.GroupBy(member => member.Site).SelectMany(
            group => group.Select((member, index) => new LabMember(member.Name, member.Site, $"{sites[member.Site]}-{index + 1}"))).ToImmutableArray();
        var etcd = ImmutableArray.CreateBuilder<LabEtcd>();
        Place(system.Coordination.Endpoints, "", [.. sites.Keys]);
        foreach (var (site, local) in system.LocalCoordination.Where(pair => store.Sites.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Place(local.Endpoints, site, [site]);
        }

        return new Topology { Store = store, Sites = sites, Members = members, Etcd = etcd.ToImmutable() };

        void Place(ImmutableArray<Uri> endpoints, string scope, ImmutableArray<string> at)
        {
            var alone = 0;
            foreach (var (endpoint, index) in endpoints.Select((endpoint, index) => (endpoint, index)))
            {
                // It shares the host of the one member at its address; on an address of its own it is alone on a host, sites taking turns.
                var shared = store.Members.Values.Where(member => member.Address.Host == endpoint.Host).ToList();
                var (site, host) = shared is [var one] && at.Contains(one.Site)
                    ? (one.Site, members.Single(member => member.Name == one.Name).Host)
                    : (at[alone % at.Length], $"{sites[at[alone++ % at.Length]]}-e{index + 1}{(scope.Length > 0 ? "l" : "")}");
                etcd.Add(new LabEtcd($"etcd{index + 1}{(scope.Length > 0 ? $"-{scope}" : "")}", scope, site, host));
            }
        }
    }

    private static StoreSpec Choose(SystemSpec system, string? name) =>
        (name, system.Stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal).ToList()) switch
        {
            (null, [var only]) => only,
            (null, var several) => throw new LabException(
                $"the file has {several.Count} stores; name the one to exercise with --store: {string.Join(", ", several.Select(store => store.Name))}"),
            (_, var all) => all.Find(store => store.Name == name) ??
                throw new LabException($"the file has no store {name}; it has: {string.Join(", ", all.Select(store => store.Name))}"),
        };
}

/// <summary>The command line or the file is wrong; the message is for people.</summary>
internal sealed class LabException : Exception
{
    public LabException(string message) : base(message) { }
    public LabException() { }
    public LabException(string message, Exception innerException) : base(message, innerException) { }
}
