using System.Collections.Immutable;
using Holdfast.Agent.Api.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>What the agents of a store say together, of both sites where there are two.</summary>
/// <param name="Groups">One for each site, the active site's first.</param>
/// <param name="Sites">Merged from all that answered, see <see cref="SitesWord"/>; of a store with one site it says nothing.</param>
internal sealed record StorePicture(StoreSpec Store, ImmutableArray<GroupPicture> Groups, SiteStatus Sites)
{
    public bool SomebodyAnswered => Groups.Any(group => group.SomebodyAnswered);

    /// <summary>The site that is active; where no agent knows that, the one that is at first.</summary>
    public string ActiveSite => Sites.ActiveSite ?? Store.FirstSite;

    public GroupPicture At(string site) => Groups.First(group => group.Group.Site == site);

    /// <summary>What that site itself says, by its leader if it answers; null: nobody there answers.</summary>
    public SiteStatus? WordOf(string site) => At(site).Heard.Values
        .Where(status => status.Sites is not null)
        .OrderByDescending(status => status.Primary == status.Member)
        .Select(status => status.Sites)
        .FirstOrDefault();

    /// <summary>Asks all agents of both sites at once; each has <paramref name="limit"/>.</summary>
    public static async Task<StorePicture> TakeAsync(
        AgentClient client, SystemSpec system, StoreSpec store, TimeSpan limit, CancellationToken cancellationToken)
    {
        var groups = await Task.WhenAll(
            Group.All(system, store.Name).Select(group => GroupPicture.TakeAsync(client, group, limit, cancellationToken)));
        return Of(store, groups);
    }

    public static StorePicture Of(StoreSpec store, IReadOnlyCollection<GroupPicture> groups)
    {
        if (!store.HasTwoSites)
        {
            return new StorePicture(store, [.. groups], SitesWord.Merge(store, []));
        }

        var sites = SitesWord.Merge(store, [.. groups.SelectMany(group => group.Heard.Values)]);
        var active = sites.ActiveSite ?? store.FirstSite;
        return new StorePicture(store, [.. groups.OrderByDescending(group => group.Group.Site == active).Select(WithSites)], sites);

        // Each group's status carries the same word about the sites, but for which of them it is.
        GroupPicture WithSites(GroupPicture picture) => picture with
        {
            Status = picture.Status with { Sites = sites with { Role = SitesWord.RoleOf(sites, picture.Group.Site) } },
        };
    }
}
