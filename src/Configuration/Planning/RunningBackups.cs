using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Backup;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Planning;

/// <summary>Which backups a store of the file has: Holdfast's, by its own section, or something else's, by <c>planning.backup</c>.</summary>
internal static class RunningBackups
{
    public static StoreFacts With(StoreFacts facts, StoreSpec store, Section own, Section backups)
    {
        var path = own.PlaceOf(StoreKeys.Backup).Path;
        if (store.Backup is not { } spec)
        {
            return facts with
            {
                HasBackup = backups.IsGiven(PlanBackupKeys.Interval)
                    ? Fact.Declared(true, backups.PlaceOf(PlanBackupKeys.Interval).Path)
                    : Fact.Assumed(false, $"neither {path} nor planning.backup.interval is given"),
            };
        }

        if (spec.At(store.FirstSite) is not { } repository)
        {
            return facts with { HasBackup = Fact.Declared(false, $"{path} has no repository for {store.FirstSite}") };
        }

        if (!spec.HasSchedule && !backups.IsGiven(PlanBackupKeys.Interval))
        {
            return facts with { HasBackup = Fact.Declared(false, $"{path} has no schedule, and planning.backup.interval is not given") };
        }

        return facts with { HasBackup = Fact.Declared(true, path), Backup = Of(spec, repository, own.Sub(StoreKeys.Backup), backups) };
    }

    private static BackupFacts Of(BackupSpec spec, RepositorySpec repository, Section section, Section backups)
    {
        var planned = PlanBuilder.Backup(backups);
        var schedule = section.PlaceOf(BackupKeys.Schedule).Path;
        var kept = $"{section.PlaceOf(BackupKeys.Repositories).Path}.{repository.Name}";
        var site = $"{kept} is at {repository.Site}, where the store is active";
        return planned with
        {
            Interval = spec.LongestInterval is { } interval ? Fact.Derived(interval, $"the longest pause of {schedule}") : planned.Interval,
            ArchiveTimeout = FactReader.Of(
                section, BackupKeys.ArchiveTimeout, Fact.Assumed(spec.ArchiveTimeout, "backup.archive-timeout unless told otherwise")),
            Retention = repository.KeepDays is { } days ? Fact.Declared(TimeSpan.FromDays(days), $"{kept}.keep-days")
                : spec.LongestFullInterval is { } full ? Fact.Derived(full * repository.KeepFull, $"{kept}.keep-full of {schedule}.full")
                : planned.Retention,
            OffSite = backups.IsGiven(PlanBackupKeys.OffSite) ? planned.OffSite : Fact.Derived(false, site),
            OffRegion = backups.IsGiven(PlanBackupKeys.OffRegion) ? planned.OffRegion : Fact.Derived(false, site),
        };
    }
}
