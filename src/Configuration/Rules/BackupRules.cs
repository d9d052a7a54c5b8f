using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within <c>backup:</c>: one repository for a site, in a place of its own, of which the members there can make use.</summary>
internal static class BackupRules
{
    private static readonly TimeSpan LongestArchiveTimeout = TimeSpan.FromHours(1);
    private const long LeastBandwidth = 1_000_000;

    public static void Check(Section root, Findings findings)
    {
        var places = Places.Members(root)
            .Where(member => member is { Address: not null, Data: not null })
            .Select(member => (member.Name, Host: HostPlaces.HostOf(member.Address!.Value), Data: member.Data!.Value)).ToList();
        var taken = new List<Taken>();
        var buckets = new BucketRules(findings);
        foreach (var store in root.All(SystemKeys.Stores))
        {
            if (store.Value.TryGet(StoreKeys.Archive, out var archive))
            {
                taken.Add(new Taken(Store: null, $"the archive of {store.Name}", archive));
            }
        }

        foreach (var store in root.All(SystemKeys.Stores))
        {
            if (!store.Value.TryGet(StoreKeys.Backup, out var backup))
            {
                continue;
            }

            CheckParameters(store.Value, findings);
            CheckTimes(backup, findings);
            var homes = store.Value.All(StoreKeys.Members).Select(member => member.Value.Get(MemberKeys.Site)).OfType<string>()
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            CheckSites(backup, homes, findings);
            RestoreTestRules.Check(backup, places.Select(place => (place.Name, place.Data)), findings);
            foreach (var repository in backup.All(BackupKeys.Repositories))
            {
                CheckRetention(repository.Value, findings);
                if (repository.Value.TryGet(RepositoryKeys.Directory, out var directory))
                {
                    CheckPlace(store.Name, repository.Value, directory, places, taken, findings);
                    taken.Add(new Taken(store.Name, $"repository {repository.Name} of {store.Name}", directory));
                }

                buckets.Check(store.Name, repository);
            }
        }
    }

    /// <param name="Store">Whose repository it is; null: it is none.</param>
    private sealed record Taken(string? Store, string What, string Path);

    private static void CheckParameters(Section store, Findings findings)
    {
        // With an archive as well, that has been told already.
        foreach (var parameter in store.Sub(PostgreSqlKeys.Section).All(PostgreSqlKeys.Parameters))
        {
            if (PostgreSqlSpec.BackupParameters.Contains(parameter.Name)
                && !(store.IsGiven(StoreKeys.Archive) && PostgreSqlSpec.ArchiveParameters.Contains(parameter.Name)))
            {
                findings.Error(
                    parameter.Place, "belongs to Holdfast, which fills the backup repository",
                    "remove it, or remove the store's 'backup' and archive by yourself");
            }
        }
    }

    private static void CheckTimes(Section backup, Findings findings)
    {
        if (backup.TryGet(BackupKeys.ArchiveTimeout, out var timeout)
            && (timeout < TimeSpan.FromSeconds(1) || timeout > LongestArchiveTimeout || timeout.Ticks % TimeSpan.TicksPerSecond != 0))
        {
            findings.Error(
                backup.PlaceOf(BackupKeys.ArchiveTimeout), $"{DurationShape.Text(timeout)} is not a time that the server can keep",
                $"write whole seconds from 1s to {DurationShape.Text(LongestArchiveTimeout)}");
        }

        if (backup.TryGet(BackupKeys.Bandwidth, out var bandwidth) && bandwidth < LeastBandwidth)
        {
            findings.Error(
                backup.PlaceOf(BackupKeys.Bandwidth), $"{ByteSizeShape.Instance.Format(bandwidth)} in a second would never end", "write 1MB or more");
        }

        var schedule = backup.Sub(BackupKeys.Schedule);
        if (!schedule.IsGiven(ScheduleKeys.Full) && (schedule.IsGiven(ScheduleKeys.Differential) || schedule.IsGiven(ScheduleKeys.Incremental)))
        {
            findings.Error(
                schedule.Place, "names no 'full': what the others build on would never be renewed, and nothing would ever be let go",
                "add for example full: \"0 2 * * 0\"");
        }
    }

    private static void CheckSites(Section backup, List<string> homes, Findings findings)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var repository in backup.All(BackupKeys.Repositories))
        {
            if (!repository.Value.TryGet(RepositoryKeys.Site, out var site))
            {
                continue;
            }

            var place = repository.Value.PlaceOf(RepositoryKeys.Site);
            if (homes.Count > 0 && !homes.Contains(site))
            {
                findings.Error(place, $"the store has no members at '{site}'", $"its sites are: {string.Join(", ", homes)}");
            }
            else if (!seen.TryAdd(site, repository.Name))
            {
                findings.Error(place, $"{seen[site]} is the repository of {site} already", "keep one repository for each site");
            }
        }

        foreach (var home in homes.Where(home => seen.Count > 0 && !seen.ContainsKey(home)))
        {
            findings.Warn(
                backup.PlaceOf(BackupKeys.Repositories), $"no repository is at {home}: while the store is active there, nothing is backed up",
                $"add one with 'site: {home}'");
        }
    }

    private static void CheckRetention(Section repository, Findings findings)
    {
        if (repository.IsGiven(RepositoryKeys.KeepFull) && repository.IsGiven(RepositoryKeys.KeepDays))
        {
            findings.Error(
                repository.PlaceOf(RepositoryKeys.KeepDays), "contradicts 'keep-full': backups are kept by number or by time", "keep one of the two");
        }

        if (!repository.IsGiven(RepositoryKeys.EncryptionKey))
        {
            findings.Warn(
                repository.Place, "is not encrypted: who can read it can read all data",
                "add for example key: file:/etc/holdfast/backup-key; that can be done only for a new repository");
        }
    }

    private static void CheckPlace(
        string store, Section repository, string directory, List<(string Name, string Host, string Data)> places, List<Taken> taken,
        Findings findings)
    {
        var place = repository.PlaceOf(RepositoryKeys.Directory);
        var clash = places.Find(member => HostPlaces.OverlapsData(directory, member.Data));
        if (clash.Name is not null)
        {
            findings.Error(
                place, $"{directory} overlaps with {clash.Data} (and its neighbour {clash.Data}.holdfast), the data directory of {clash.Name}",
                "name a directory on other storage: a backup beside the data is lost with it");
        }

        // Sites of one store are on other hosts, where the same path is another place.
        if (taken.Find(other => HostPlaces.Overlap(directory, other.Path) && other.Store != store) is { } former)
        {
            findings.Error(place, $"{directory} overlaps with {former.Path}, {former.What}", "name a directory of its own");
        }
    }
}
