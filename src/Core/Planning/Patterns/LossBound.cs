using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>The most that a failure loses, in time, with the reason. A null time: everything.</summary>
public readonly record struct LossBound(TimeSpan? Time, string Why)
{
    private static readonly ByteCount Segment = new(16 * 1024 * 1024);

    /// <summary>A store of the class keeps a file of its own, flushed each second by default.</summary>
    private static readonly TimeSpan OwnFile = TimeSpan.FromSeconds(1);

    public static readonly LossBound Nothing = new(TimeSpan.Zero, "nothing is lost");

    /// <summary>When the process of the only member ends, and is started again.</summary>
    public static LossBound OfRestart(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.Traits.IsSynchronous ? Nothing : new LossBound(OwnFile, "what its own file did not have yet, flushed each second");
    }

    /// <summary>When the primary's host is lost, or its process, and another member of the site is there.</summary>
    public static LossBound OfHost(Setting setting, bool isWholeHost) => setting.Traits.IsSynchronous
        ? new LossBound(TimeSpan.Zero, "another member had flushed each commit")
        : isWholeHost
            ? new LossBound(setting.Store.Lease.Value, "a primary that is cut off may go on until its lease ends")
            : new LossBound(Delay(setting, setting.Store.SiteRoundTrip.Value), "what was on its way to the replica");

    /// <summary>When the active site is lost.</summary>
    public static LossBound OfSite(Setting setting, Candidate candidate) => candidate.Pattern switch
    {
        DataPattern.StretchedQuorum => new LossBound(
            TimeSpan.Zero,
            candidate.IsSpread ? "a majority had flushed each commit, and the two other places have one of it" : "the other site had flushed each commit"),
        DataPattern.NearReceiver => new LossBound(
            TimeSpan.Zero, $"the receiver at {setting.NearOrAssumed.Name} had flushed each commit; it must outlive the site"),
        DataPattern.Asynchronous => OfStream(setting),
        DataPattern.LogShipping => new LossBound(
            Duration.Sum([setting.Facts.Backup.ArchiveTimeout.Value, Transfer(setting), AfterPeak(setting)]), "the piece of log that was not yet copied"),
        // The archive crosses the same line, where there is one.
        DataPattern.Backup when setting.Traits.HasLog && setting.Link is not null =>
            OfRepository(setting) with { Time = Duration.Sum([setting.Facts.Backup.ArchiveTimeout.Value, AfterPeak(setting)]) },
        DataPattern.Backup => OfRepository(setting),
        _ => new LossBound(null, "nothing of it is anywhere else"),
    };

    /// <summary>When what is in the repository is all there is.</summary>
    public static LossBound OfRepository(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return !setting.Traits.BacksUpData ? AllOfIt(setting)
            : setting.Traits.HasLog ? new LossBound(setting.Facts.Backup.ArchiveTimeout.Value, "the piece of log that was not yet archived")
            : new LossBound(setting.Facts.Backup.Interval.Value, "what came since the last backup");
    }

    /// <summary>When the data are there and wrong: back to the moment before.</summary>
    public static LossBound OfHistory(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return !setting.Traits.BacksUpData ? AllOfIt(setting)
            : setting.Traits.HasLog
            ? new LossBound(TimeSpan.Zero, "restored beside the running store to the transaction before; what came after it is kept there")
            : new LossBound(setting.Facts.Backup.Interval.Value, "the last backup before it");
    }

    /// <summary>Data that pass through: all that is in it came in within the time in which as much is written.</summary>
    private static LossBound AllOfIt(Setting setting) =>
        new(setting.Store.Size.Value / setting.Store.Log.Value, $"all that was in it; a backup is {setting.Traits.BackupMeans}");

    private static LossBound OfStream(Setting setting)
    {
        var store = setting.Store;
        // Lag is known as well as the ledger is fine: the loss that is promised must hold without having been seen.
        var steady = Delay(setting, setting.LinkOrAssumed.RoundTrip.Value) + store.Ledger.Value;
        var peak = AfterPeak(setting);
        var bound = Duration.Sum([steady, peak]);
        var enforced = store.EnforceRpo.Value ? store.Objectives.GetValueOrDefault(FailureKind.Site) : null;
        return enforced is { } objective && objective.Rpo < bound && objective.Rpo >= steady
            ? new LossBound(objective.Rpo, "commits wait for the other site when it is further behind (enforce-rpo)")
            : peak > TimeSpan.Zero
                ? new LossBound(bound, "after a peak, in which more is written than the link carries")
                : new LossBound(bound, "what was on its way, and as finely as lag is measured");
    }

    private static TimeSpan Delay(Setting setting, TimeSpan roundTrip) => (roundTrip / 2) + setting.Store.Work.Value + setting.Store.Flush.Value;

    private static TimeSpan Transfer(Setting setting) => setting.Capacity.BytesPerSecond > 0 ? Segment / setting.Capacity : TimeSpan.MaxValue;

    private static TimeSpan AfterPeak(Setting setting) =>
        Backlog.LagAfterPeak(setting.Store.Peak.Value, setting.Store.PeakLog.Value, setting.Capacity);
}
