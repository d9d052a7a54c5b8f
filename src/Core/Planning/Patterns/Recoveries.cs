using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>How long a candidate takes to come back, part by part.</summary>
internal static class Recoveries
{
    /// <summary>How long the agent on the host takes to see that its server has ended: the kernel tells.</summary>
    private static readonly TimeSpan ProcessSeen = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// A server begins to replay where its last complete checkpoint began: with checkpoints five minutes apart that are spread over nine tenths of the time
    /// to the next (PostgreSQL's defaults), that is at most one interval and nine tenths back.
    /// </summary>
    private static readonly TimeSpan Checkpoint = TimeSpan.FromMinutes(9.5);

    /// <summary>Another member of the site takes over by itself.</summary>
    public static RecoveryTime ByMember(Setting setting, Candidate candidate, bool isWholeHost)
    {
        var store = setting.Store;
        return RecoveryTime.Of(
            isWholeHost
                ? new PartTime(RecoveryPart.Detect, store.Suspicion.Value, "silence from all sides (suspect-after)")
                : new PartTime(RecoveryPart.Detect, ProcessSeen, "the kernel tells the agent that its server has ended"),
            Decide(setting),
            new PartTime(
                RecoveryPart.Fence, setting.IsSynchronous(candidate) || !isWholeHost ? TimeSpan.Zero : store.Lease.Value,
                "a lease must have ended; a synchronous store's promises need no clock"),
            candidate.WaitsElsewhere
                ? new PartTime(
                    RecoveryPart.Replay, Unreplayed(store) + setting.WaitsFor(candidate.Pattern)!.RoundTrip.Value,
                    "what had arrived and was not replayed, and what a commit waited for elsewhere")
                : new PartTime(RecoveryPart.Replay, Unreplayed(store), "what had arrived and was not replayed"),
            Promote(setting), Redirect(setting), FirstCommit(setting, candidate));
    }

    /// <summary>The server is started again where it was.</summary>
    public static RecoveryTime InPlace(Setting setting, Candidate candidate) => RecoveryTime.Of(
        new PartTime(RecoveryPart.Detect, ProcessSeen, "the kernel tells the agent that its server has ended"),
        setting.Traits.IsSynchronous
            ? new PartTime(RecoveryPart.Replay, Written(setting.Store, Checkpoint) / setting.Store.Replay.Value, "log since the last checkpoint")
            : new PartTime(RecoveryPart.Restore, setting.Store.Size.Value / setting.Store.Restore.Value, "all of it is read from its file into memory"),
        Promote(setting), Redirect(setting), FirstCommit(setting, candidate));

    /// <summary>The other site takes over.</summary>
    public static RecoveryTime? ByOtherSite(Setting setting, Candidate candidate)
    {
        var store = setting.Store;
        var stretched = candidate.Pattern == DataPattern.StretchedQuorum;
        var detect = stretched
            ? new PartTime(RecoveryPart.Detect, store.Suspicion.Value, "silence from all sides (suspect-after)")
            : store.GoesOnAlone.Value
                ? new PartTime(RecoveryPart.Detect, store.Suspicion.Value, "silence from the other site")
                : new PartTime(RecoveryPart.Detect, store.SiteLease.Value, "the lost site's lease must have ended (site-lease): it is the fence, too");
        // Where no lease ends, nobody else may write before somebody has stopped the site that cannot be heard.
        var fence = new PartTime(
            RecoveryPart.Fence, store.GoesOnAlone.Value && !stretched ? setting.Facts.Times.Fence.Value : TimeSpan.Zero,
            "somebody makes sure that the lost site has stopped (isolation: continue)");
        PartTime[] end = [Behind(setting, candidate), Promote(setting), Redirect(setting), FirstCommit(setting, candidate)];
        return candidate.Readiness switch
        {
            Readiness.Hot => RecoveryTime.Of([detect, Decide(setting), fence, .. end]),
            Readiness.Warm => RecoveryTime.Of([detect, Operator(setting), fence, .. end]),
            Readiness.PilotLight => RecoveryTime.Of([detect, Operator(setting), fence, Provision(setting), .. end]),
            _ => FromRepository(setting, candidate, needsHosts: true),
        };
    }

    /// <summary>One member of a quorum over three places is left: somebody makes it go on alone.</summary>
    public static RecoveryTime ByRest(Setting setting, Candidate candidate) => RecoveryTime.Of(
        new PartTime(RecoveryPart.Detect, setting.Store.Suspicion.Value, "silence from all sides (suspect-after)"), Operator(setting),
        new PartTime(RecoveryPart.Replay, Unreplayed(setting.Store), "what had arrived and was not replayed"),
        Promote(setting), Redirect(setting), FirstCommit(setting, candidate));

    /// <summary>The sites do not hear each other.</summary>
    public static RecoveryTime OfLink(Setting setting, Candidate candidate)
    {
        var (store, outage) = (setting.Store, setting.LinkOrAssumed.Outage.Value);
        return candidate.WaitsElsewhere ? Regroup(setting)
            : candidate.Streams && store.StopsWhenFull.Value && Full(store) is { } full && full < outage
                ? RecoveryTime.Of(new PartTime(
                    RecoveryPart.Wait, outage - full,
                    $"the queue is full before, and writes stop until the link is back (queue-full: stop-writes); a queue-bound of {QuantityText.Of(
                        Written(store, outage))} would hold all of it"))
                : RecoveryTime.Of();
    }

    /// <summary>When the queue is full at the earliest: the peak comes first. Null: nothing is written.</summary>
    private static TimeSpan? Full(StoreFacts store)
    {
        var ofPeak = store.PeakLog.Value * store.Peak.Value;
        return ofPeak >= store.Queue.Value || store.Log.Value.BytesPerSecond == 0
            ? Backlog.TimeToFull(store.Queue.Value, store.PeakLog.Value)
            : Duration.Sum([store.Peak.Value, new ByteCount(store.Queue.Value.Bytes - ofPeak.Bytes) / store.Log.Value]);
    }

    /// <summary>The most that is written in a time: the peak may be in it.</summary>
    private static ByteCount Written(StoreFacts store, TimeSpan within)
    {
        var peak = store.Peak.Value < within ? store.Peak.Value : within;
        return (store.PeakLog.Value * peak) + (store.Log.Value * (within - peak));
    }

    /// <summary>From the repository, to the end of the log or to a moment. Null: there is none.</summary>
    public static RecoveryTime? FromRepository(Setting setting, Candidate candidate, bool needsHosts)
    {
        var (store, backup) = (setting.Store, setting.Backup);
        return !store.HasBackup.Value ? null : RecoveryTime.Of(
            Operator(setting),
            needsHosts ? Provision(setting) : new PartTime(RecoveryPart.Provision, TimeSpan.Zero, ""),
            new PartTime(RecoveryPart.Restore, store.Size.Value / store.Restore.Value, "the whole store"),
            new PartTime(
                RecoveryPart.Replay, setting.Traits.HasLog ? store.Log.Value * setting.OldestBackup(backup.OffSite.Value) / store.Replay.Value : TimeSpan.Zero,
                "the log since the newest backup began, just before the next has ended"),
            Promote(setting), Redirect(setting), Look(setting), FirstCommit(setting, candidate));
    }

    /// <summary>Somebody switches to a copy that is right.</summary>
    public static RecoveryTime ByChoice(Setting setting, Candidate candidate) => RecoveryTime.Of(
        Operator(setting),
        new PartTime(
            RecoveryPart.Provision,
            candidate is { HasSuccessor: false, Readiness: Readiness.PilotLight } ? setting.Facts.Times.Provision.Value : TimeSpan.Zero, "hosts are made"),
        candidate.HasSuccessor
            ? new PartTime(RecoveryPart.Replay, Unreplayed(setting.Store), "what had arrived and was not replayed")
            : Behind(setting, candidate),
        Promote(setting), Redirect(setting), Look(setting), FirstCommit(setting, candidate));

    /// <summary>Those that hear each other go on together.</summary>
    private static RecoveryTime Regroup(Setting setting) => RecoveryTime.Of(
        new PartTime(RecoveryPart.Detect, setting.Store.Suspicion.Value, "silence from the other site"), Decide(setting));

    private static PartTime Decide(Setting setting) => new(
        RecoveryPart.Decide, setting.Facts.Times.CoordinationWrite.Value * RecoveryTime.DecidingWrites,
        $"{RecoveryTime.DecidingWrites} writes to coordination");

    private static PartTime Operator(Setting setting) => new(RecoveryPart.Decide, setting.Facts.Times.Operator.Value, "somebody is called, looks and decides");

    private static PartTime Provision(Setting setting) => new(RecoveryPart.Provision, setting.Facts.Times.Provision.Value, "hosts are made");

    private static PartTime Promote(Setting setting) => new(RecoveryPart.Promote, setting.Store.Promote.Value, "until the first commit under the new epoch");

    private static PartTime Look(Setting setting) => new(
        RecoveryPart.Verify, setting.Facts.Times.Verify.Value, "somebody looks whether the data are right before clients are let in");

    private static PartTime FirstCommit(Setting setting, Candidate candidate) =>
        new(RecoveryPart.Verify, setting.Commit(candidate), "a client's commit is acknowledged: it serves");

    private static PartTime Redirect(Setting setting) => new(RecoveryPart.Redirect, setting.Facts.Times.Redirect.Value, "clients find it");

    /// <summary>What had arrived there and was not replayed, or must be fetched first.</summary>
    private static PartTime Behind(Setting setting, Candidate candidate)
    {
        var store = setting.Store;
        return candidate.Pattern switch
        {
            DataPattern.NearReceiver => new PartTime(
                RecoveryPart.Replay,
                Duration.Sum([
                    setting.LinkOrAssumed.RoundTrip.Value, Backlog.LagAfterPeak(store.Peak.Value, store.PeakLog.Value, setting.Capacity), Unreplayed(store),
                ]),
                "the rest of the log is fetched from the receiver"),
            DataPattern.LogShipping => new PartTime(
                RecoveryPart.Replay,
                Duration.Sum([
                    store.PeakLog.Value * setting.Backup.ArchiveTimeout.Value / store.Replay.Value,
                    Backlog.LagAfterPeak(store.Peak.Value, store.PeakLog.Value, store.Replay.Value),
                ]),
                "the last pieces of log, and what was not replayed"),
            _ => new PartTime(RecoveryPart.Replay, Unreplayed(store), "what had arrived and was not replayed"),
        };
    }

    /// <summary>A second's log at its peak; and what a peak that is faster than the replay leaves behind.</summary>
    private static TimeSpan Unreplayed(StoreFacts store) => Duration.Sum(
        [store.PeakLog.Value * TimeSpan.FromSeconds(1) / store.Replay.Value, Backlog.LagAfterPeak(store.Peak.Value, store.PeakLog.Value, store.Replay.Value)]);
}
