using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among all members of the system.</summary>
internal static class MemberRules
{
    public static void Check(Section root, Findings findings)
    {
        var members = Places.Members(root).ToList();
        CheckNames(members, findings);
        CheckSites(root, members, findings);
        CheckEndpoints(members, findings);
        CheckData(members, findings);
    }

    private static void CheckNames(List<MemberAsRead> members, Findings findings)
    {
        foreach (var same in members.GroupBy(member => member.Name).Where(group => group.Count() > 1))
        {
            foreach (var later in same.Skip(1))
            {
                findings.Error(
                    later.Section.Place, $"store {same.First().Store} has a member of this name already",
                    "give each member of the system a name of its own");
            }
        }
    }

    private static void CheckSites(Section root, List<MemberAsRead> members, Findings findings)
    {
        var sites = root.All(SystemKeys.Sites);
        var homes = sites.Where(site => !site.Value.Get(SiteKeys.Witness)).Select(site => site.Name).ToList();
        foreach (var member in members)
        {
            if (member.Site is null || homes.Contains(member.Site))
            {
                continue;
            }

            var place = member.Section.PlaceOf(MemberKeys.Site);
            if (sites.Any(site => site.Name == member.Site))
            {
                findings.Error(place, $"{member.Site} is a witness site, which carries no members", Choice(homes));
            }
            else if (sites.Length > 0)
            {
                findings.Error(
                    place,
                    $"there is no site '{member.Site}'",
                    DidYouMean.Nearest(member.Site, homes) is { } near ? $"did you mean '{near}'?" : Choice(homes));
            }
        }
    }

    /// <summary>The sites that may be named.</summary>
    public static string Choice(List<string> homes) =>
        homes.Count == 0 ? "add a site that is not a witness" : $"the sites for members are: {string.Join(", ", homes)}";

    private static void CheckEndpoints(List<MemberAsRead> members, Findings findings)
    {
        var taken = new Dictionary<Endpoint, string>();
        foreach (var member in members)
        {
            Take(member.Address, $"the address of {member.Name}", isDefault: false);
            Take(member.Agent, $"the agent of {member.Name}", isDefault: !member.Section.IsGiven(MemberKeys.Agent));
        }

        void Take(Found<Endpoint>? found, string owner, bool isDefault)
        {
            if (found is null || taken.TryAdd(HostPlaces.Comparable(found.Value), owner))
            {
                return;
            }

            var former = taken[HostPlaces.Comparable(found.Value)];
            if (isDefault)
            {
                findings.Error(
                    found.Place, $"{owner} would be at {found.Value}, its default, which is {former} already",
                    $"add 'agent: {found.Value.Host}:PORT' with a free port");
            }
            else
            {
                findings.Error(
                    found.Place,
                    $"{found.Value} is {former} already",
                    "give each server and each agent a host and port of its own");
            }
        }
    }

    private static void CheckData(List<MemberAsRead> members, Findings findings)
    {
        var taken = new List<(string Host, string Path, string Owner)>();
        foreach (var member in members)
        {
            if (member.Address is not { } address || member.Data is not { } data)
            {
                continue;
            }

            var host = HostPlaces.HostOf(address.Value);
            var clash = taken.FirstOrDefault(former => former.Host == host && MembersOverlap(former.Path, data.Value));
            if (clash.Owner is not null)
            {
                var what = clash.Path == data.Value
                    ? "is the data directory of"
                    : $"overlaps with {clash.Path} (and its neighbour {clash.Path}.holdfast), the data directory of";
                findings.Error(
                    data.Place,
                    $"{data.Value} {what} {clash.Owner} on the same host already",
                    "give each member a directory of its own");
            }

            taken.Add((host, data.Value, member.Name));
        }
    }

    private static bool MembersOverlap(string one, string other) => HostPlaces.OverlapsData(one, other) || HostPlaces.OverlapsData(other, one);
}
