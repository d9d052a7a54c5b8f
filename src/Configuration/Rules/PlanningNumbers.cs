using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Configuration.Rules;

/// <summary>Numbers for planning that cannot be true together, or at all.</summary>
internal static class PlanningNumbers
{
    /// <summary>The formula for what a connection carries says nothing beyond a few percent.</summary>
    private const double MostLoss = 0.1;

    public static void Check(Section planning, Findings findings)
    {
        CheckBackup(planning.Sub(PlanningKeys.Backup), findings);
        CheckFailures(planning, findings);
        foreach (var link in planning.All(PlanningKeys.Links))
        {
            CheckLink(link.Value, findings);
        }

        foreach (var store in planning.All(PlanningKeys.Stores))
        {
            CheckStore(store.Value, findings);
        }
    }

    private static void CheckLink(Section link, Findings findings)
    {
        if (link.TryGet(PlanLinkKeys.Loss, out var loss) && loss > MostLoss)
        {
            findings.Error(
                link.PlaceOf(PlanLinkKeys.Loss),
                $"{QuantityText.Percent(loss)} of all packets: with more than {QuantityText.Percent(MostLoss)} lost, time-outs decide, and no plan can count "
                    + "on the line",
                "write a share such as 0.0001 (one in ten thousand), or have the line mended");
        }
    }

    private static void RefuseNothing<T>(Section section, Key<T> key, string why, string remedy, Findings findings)
        where T : struct
    {
        if (section.TryGet(key, out var value) && EqualityComparer<T>.Default.Equals(value, default))
        {
            findings.Error(section.PlaceOf(key), why, remedy);
        }
    }

    private static void CheckBackup(Section backup, Findings findings)
    {
        if (backup.Get(PlanBackupKeys.Interval) == TimeSpan.Zero)
        {
            findings.Error(backup.PlaceOf(PlanBackupKeys.Interval), "no backup follows another at once", "write for example 24h");
        }

        if (backup.Get(PlanBackupKeys.Retention) < backup.Get(PlanBackupKeys.Interval))
        {
            findings.Error(
                backup.PlaceOf(PlanBackupKeys.Retention), "is shorter than the interval: a backup would be gone before the next one is there",
                "keep backups for at least twice the interval");
        }

        if (backup.Get(PlanBackupKeys.OffRegion) && !backup.Get(PlanBackupKeys.OffSite))
        {
            findings.Error(
                backup.PlaceOf(PlanBackupKeys.OffRegion), "what outlives a region outlives its sites", "write 'off-site: true' too");
        }
    }

    private static void CheckFailures(Section planning, Findings findings)
    {
        var (failures, times) = (planning.Sub(PlanningKeys.Failures), planning.Sub(PlanningKeys.Times));
        var host = PlanFailuresKeys.Rates.First(row => row.Failure == FailureKind.Host).Key;
        var repair = times.Get(PlanTimesKeys.Repair);
        if (failures.Get(host) * (repair / Duration.Year) >= 0.5)
        {
            findings.Error(
                failures.IsGiven(host) ? failures.PlaceOf(host) : times.PlaceOf(PlanTimesKeys.Repair),
                $"hosts that fail {QuantityText.Digits(failures.Get(host))} times a year and take {QuantityText.Of(repair)} to be repaired are never all there",
                "write fewer failures, or a shorter 'repair'");
        }
    }

    private static void CheckStore(Section store, Findings findings)
    {
        RefuseNothing(store, PlanStoreKeys.Connections, "without connections there are no commits", "write how many there are, for example 20", findings);
        RefuseNothing(store, PlanStoreKeys.CommitBudget, "no commit takes no time at all", "write the longest that one may take, for example 10ms", findings);
        if (store.TryGet(PlanStoreKeys.PeakLog, out var peak) && peak < store.Get(PlanStoreKeys.Log))
        {
            findings.Error(
                store.PlaceOf(PlanStoreKeys.PeakLog), "is less than 'log', the average", "write at least as much, or leave it out: three times 'log'");
        }

        if (store.Get(PlanStoreKeys.Flush) + store.Get(PlanStoreKeys.Work) == TimeSpan.Zero)
        {
            findings.Error(store.PlaceOf(PlanStoreKeys.Flush), "no commit takes no time at all", "measure it: pg_test_fsync says what the disk takes");
        }
    }
}
