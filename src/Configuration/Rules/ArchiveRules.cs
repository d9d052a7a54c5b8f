using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among archives and data directories: none is within another. And nobody else archives.</summary>
internal static class ArchiveRules
{
    public static void Check(Section root, Findings findings)
    {
        var members = Places.Members(root)
            .Where(member => member is { Address: not null, Data: not null })
            .Select(member => (member.Name, member.Store, Host: HostPlaces.HostOf(member.Address!.Value), Data: member.Data!.Value))
            .ToList();
        var taken = new List<(string Store, string Path)>();
        foreach (var store in root.All(SystemKeys.Stores))
        {
            if (!store.Value.TryGet(StoreKeys.Archive, out var archive))
            {
                continue;
            }

            var place = store.Value.PlaceOf(StoreKeys.Archive);
            foreach (var parameter in store.Value.Sub(PostgreSqlKeys.Section).All(PostgreSqlKeys.Parameters))
            {
                if (PostgreSqlSpec.ArchiveParameters.Contains(parameter.Name))
                {
                    findings.Error(
                        parameter.Place, $"belongs to Holdfast, which fills {archive}",
                        $"remove it, or remove {place.Path} and archive by yourself");
                }
            }

            var hosts = members.Where(member => member.Store == store.Name).Select(member => member.Host).ToHashSet();
            var clash = members.Find(member => hosts.Contains(member.Host) && HostPlaces.OverlapsData(archive, member.Data));
            if (clash.Name is not null)
            {
                findings.Error(
                    place, $"{archive} overlaps with {clash.Data} (and its neighbour {clash.Data}.holdfast), the data directory of {clash.Name}",
                    "name a directory beside the data directories, best on another disk");
            }

            // Two stores have pieces of log of the same names.
            var former = taken.Find(other => HostPlaces.Overlap(archive, other.Path));
            if (former.Store is not null)
            {
                findings.Error(
                    place, $"{archive} overlaps with {former.Path}, the archive of {former.Store}: one store's log would replace the other's",
                    "give each store an archive of its own");
            }

            taken.Add((store.Name, archive));
        }
    }
}
