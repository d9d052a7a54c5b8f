using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>The most that a failure loses, in time, with the reason. A null time: everything.</summary>
/// <param name="Change">What would make it less. Null: nothing that is declared.</param>
public readonly record struct LossBound(TimeSpan? Time, string Why, string? Change = null)
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
    public static LossBound OfHost(Setting setting, Candidate candidate, bool isWholeHost)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        return setting.IsSynchronous(candidate)
            ? new LossBound(
                TimeSpan.Zero, candidate.WaitsElsewhere ? "each commit was flushed elsewhere, from where another member fetches what it lacks"
                : "another member had flushed each commit")
            : isWholeHost
                ? new LossBound(setting.Store.Lease.Value, "a primary that is cut off may go on until its lease ends", "a shorter timing.lease")
                : new LossBound(Delay(setting, setting.Store.SiteRoundTrip.Value), "what was on its way to the replica");
    }

    /// <summary>When the active site is lost.</summary>
    public static LossBound OfSite(Setting setting, Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        return candidate.Pattern switch
        {
            DataPattern.StretchedQuorum => new LossBound(
                TimeSpan.Zero,
                candidate.IsSpread ? "a majority had flushed each commit, and the two other places have one of it" : "the other site had flushed each commit"),
            DataPattern.NearReceiver => new LossBound(
                TimeSpan.Zero, $"the receiver at {setting.NearOrAssumed.Name} had flushed each commit; it must outlive the site"),
            DataPattern.Asynchronous => OfStream(setting),
            DataPattern.LogShipping => Archived(setting, Transfer(setting), crosses: true, "the piece of log that was not yet copied"),
            DataPattern.Backup => OfRepository(setting, crosses: true),
            _ => new LossBound(null, "nothing of it is anywhere else"),
        };
    }

    /// <summary>When one member of a quorum over three places is all that is left.</summary>
    public static LossBound OfRest(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var peak = AfterPeak(setting);
        return new LossBound(
            Duration.Sum([Delay(setting, setting.LinkOrAssumed.RoundTrip.Value), peak]), "what was on its way to the one member that is left",
            peak > TimeSpan.Zero ? LinkGates.LineForPeak(setting) : null);
    }

    /// <summary>
    /// When what the primary reads is wrong, and another copy is right, as far as it had come. What was wrong may have gone through a log of pages to the
    /// copies; that is what the same says of an operator's error.
    /// </summary>
    public static LossBound OfCopy(Setting setting, Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        const string Else = "; if what is wrong came to it too, a backup must serve as after an operator error";
        if (setting.HasWholeCopy(candidate))
        {
            return new LossBound(TimeSpan.Zero, $"a member that had flushed each commit has it right{Else}");
        }

        var lag = candidate.LocalMembers > 1
            ? new LossBound(Delay(setting, setting.Store.SiteRoundTrip.Value), "what was on its way to the replica")
            : OfSite(setting, candidate);
        return lag with { Why = $"{lag.Why}{Else}" };
    }

    /// <summary>When what is in the repository is all there is.</summary>
    /// <param name="crosses">It is over the line to the other site.</param>
    public static LossBound OfRepository(Setting setting, bool crosses)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return !setting.Store.HasBackup.Value ? NoBackup(setting)
            : !setting.Traits.BacksUpData ? AllOfIt(setting)
            : setting.Traits.HasLog ? Archived(setting, TimeSpan.Zero, crosses && setting.Link is not null, "the piece of log that was not yet archived")
            : SinceBackup(setting, crosses, "what came since the last whole backup began");
    }

    /// <summary>When the data are there and wrong: back to the moment before.</summary>
    /// <param name="crosses">The repository is over the line to the other site.</param>
    public static LossBound OfHistory(Setting setting, bool crosses)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return !setting.Store.HasBackup.Value ? NoBackup(setting)
            : !setting.Traits.BacksUpData ? AllOfIt(setting)
            : setting.Traits.HasLog
            ? new LossBound(TimeSpan.Zero, "restored beside the running store to the transaction before; what came after it is kept there")
            : SinceBackup(setting, crosses, "the last whole backup before it");
    }

    private static LossBound NoBackup(Setting setting) => new(null, $"nothing takes backups of it ({setting.Store.HasBackup.Origin})");

    /// <summary>A backup is of the moment in which it began, and of use when it has ended: that long ago, at the worst, the last but one began.</summary>
    private static LossBound SinceBackup(Setting setting, bool crosses, string why)
    {
        var (interval, run) = (setting.Backup.Interval.Value, setting.BackupRun(crosses));
        return new LossBound(
            Duration.Sum([Duration.Longest(interval, run), run]), why, interval > run ? "a shorter backup interval" : "a faster backup");
    }

    private static LossBound Archived(Setting setting, TimeSpan transfer, bool crosses, string why)
    {
        var (wait, peak) = (setting.Backup.ArchiveTimeout.Value, crosses ? AfterPeak(setting) : TimeSpan.Zero);
        return new LossBound(
            Duration.Sum([wait, transfer, peak]), why, peak > wait ? LinkGates.LineForPeak(setting) : "a shorter archive-timeout");
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
                ? new LossBound(bound, "after a peak, in which more is written than the link carries", LinkGates.LineForPeak(setting))
                : new LossBound(bound, "what was on its way, and as finely as lag is measured");
    }

    private static TimeSpan Delay(Setting setting, TimeSpan roundTrip) => (roundTrip / 2) + setting.Store.Work.Value + setting.Store.Flush.Value;

    private static TimeSpan Transfer(Setting setting) => setting.Capacity.BytesPerSecond > 0 ? Segment / setting.Capacity : TimeSpan.MaxValue;

    /// <summary>What does not even carry the average falls behind for ever.</summary>
    private static TimeSpan AfterPeak(Setting setting) => setting.Utilisation >= 1
        ? TimeSpan.MaxValue
        : Backlog.LagAfterPeak(setting.Store.Peak.Value, setting.Store.PeakLog.Value, setting.Capacity);
}
