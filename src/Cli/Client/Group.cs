using System.Collections.Immutable;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>The members of one store at one site: what has a primary, and what a changing verb works on.</summary>
internal sealed record Group(SystemSpec System, StoreSpec Store, string Site, ImmutableArray<MemberSpec> Members)
{
    /// <summary>For people: <c>orders at fra</c>.</summary>
    public string Name => $"{Store.Name} at {Site}";

    /// <summary>What to say when no agent of the group answers, and what helps.</summary>
    /// <param name="mayBeLost">The group is the active site's by all that is known, so its site may be lost.</param>
    public string NobodyAnswers(bool mayBeLost) =>
        $"no agent of {Name} answers; start one: holdfast agent --member NAME" +
        (mayBeLost && Store.OtherSite(Site) is { } other ? $"; if the site is lost: holdfast failover --site {other}" : "");

    /// <summary>All groups of the system, or of one store.</summary>
    /// <exception cref="CliException">There is no such store.</exception>
    public static ImmutableArray<Group> All(SystemSpec system, string? store)
    {
        if (store is not null && !system.Stores.ContainsKey(store))
        {
            throw new CliException(ExitCode.Usage, $"there is no store '{store}'; the stores are: {Names(system.Stores.Keys)}");
        }

        return
        [
            .. from spec in system.Stores.Values
               where store is null || spec.Name == store
               orderby spec.Name
               from site in spec.Members.Values.Select(member => member.Site).Distinct().Order(StringComparer.Ordinal)
               select new Group(system, spec, site, spec.Group(site)),
        ];
    }

    /// <summary>The one group that a changing verb means: the member's, the named store's, or the only one there is.</summary>
    /// <exception cref="CliException">No such store or member, or more than one group could be meant.</exception>
    public static Group One(SystemSpec system, string? store, string? member)
    {
        var groups = All(system, store);
        if (member is not null)
        {
            return groups.FirstOrDefault(group => group.Members.Any(spec => spec.Name == member))
                ?? throw new CliException(
                    ExitCode.Usage,
                    $"there is no member '{member}'; the members are: {Names(groups.SelectMany(group => group.Members).Select(spec => spec.Name))}");
        }

        if (groups.Length == 1)
        {
            return groups[0];
        }

        var preferred = groups.Where(group => group.Site == group.Store.PreferredSite).ToList();
        return preferred.Count == 1 && groups.All(group => group.Store == preferred[0].Store)
            ? preferred[0]
            : throw new CliException(
                ExitCode.Usage,
                $"more than one group could be meant; name the store with --store or the member: {Names(groups.Select(group => group.Name))}");
    }

    /// <summary>As <see cref="One"/>; of a store with two sites the group at the active one, unless a site or a member is named.</summary>
    /// <exception cref="CliException">No such store, site or member, or more than one group could be meant.</exception>
    public static async Task<Group> OneAsync(
        AgentClient client, SystemSpec system, string? store, string? site, string? member, CancellationToken cancellationToken)
    {
        var groups = All(system, store);
        if (site is not null)
        {
            groups = [.. groups.Where(group => group.Site == site)];
            return groups.Length == 1 ? groups[0] : throw new CliException(
                ExitCode.Usage,
                groups.IsEmpty
                    ? $"there is no group at a site '{site}'; the groups are: {Names(All(system, store).Select(group => group.Name))}"
                    : $"more than one store is at {site}; name it with --store: {Names(groups.Select(group => group.Store.Name))}");
        }

        if (member is not null || groups.Length != 2 || groups[0].Store != groups[1].Store)
        {
            return One(system, store, member);
        }

        var picture = await StorePicture.TakeAsync(client, system, groups[0].Store, AgentClient.ReadLimit, cancellationToken);
        return picture.At(picture.ActiveSite).Group;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));
}
