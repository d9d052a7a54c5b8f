using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among a store's intervals, so that nobody is suspected for nothing and no lease is cut too fine.</summary>
internal static class TimingRules
{
    private const int HeartbeatsUntilSuspect = 3;
    private static readonly TimeSpan ShortestHeartbeat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(2);

    public static void Check(Section root, Section store, Findings findings)
    {
        var timing = store.Sub(StoreKeys.Timing);
        foreach (var key in TimingKeys.Shape.Keys.OfType<Key<TimeSpan>>())
        {
            if (timing.TryGet(key, out var given) && given == TimeSpan.Zero)
            {
                findings.Error(timing.PlaceOf(key), "is zero", $"write a positive duration; the default is {key.DefaultText}");
            }
        }

        var heartbeat = timing.Get(TimingKeys.Heartbeat);
        AtLeast(timing, TimingKeys.Heartbeat, ShortestHeartbeat, "the shortest that agents can keep", findings);
        AtLeast(timing, TimingKeys.SuspectAfter, heartbeat * HeartbeatsUntilSuspect, "three heartbeats", findings, TimingKeys.Heartbeat);
        AtLeast(timing, TimingKeys.CandidateLostAfter, timing.Get(TimingKeys.SuspectAfter), "suspect-after", findings,
            TimingKeys.SuspectAfter);
        AtLeast(timing, TimingKeys.Lease, ShortestLease, "the shortest that etcd keeps", findings);
        CheckLease(Clusters.Of(root, Places.SitesOf(store)), timing, findings);
    }

    private static void CheckLease(IEnumerable<ClusterAsRead> clusters, Section timing, Findings findings)
    {
        var lease = timing.Get(TimingKeys.Lease);
        if (lease.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            findings.Error(
                timing.PlaceOf(TimingKeys.Lease),
                $"{DurationShape.Text(lease)} is not a whole number of seconds, which etcd counts in",
                $"write {Math.Max(ShortestLease.TotalSeconds, Math.Ceiling(lease.TotalSeconds))}s");
        }

        foreach (var cluster in clusters.Where(cluster => cluster.RequestTimeout >= lease))
        {
            findings.Error(
                timing.PlaceOf(TimingKeys.Lease),
                $"{DurationShape.Text(lease)} is not longer than {cluster.Path}.request-timeout ({DurationShape.Text(cluster.RequestTimeout)}): " +
                    "one slow call would lose the lease",
                "lengthen the lease or shorten the timeout");
        }
    }

    // Points at the key itself when the user gave it, otherwise at the other one that made it wrong.
    private static void AtLeast(Section timing, Key<TimeSpan> key, TimeSpan least, string because, Findings findings, Key? other = null)
    {
        var value = timing.Get(key);
        if (value >= least || (value == TimeSpan.Zero && timing.IsGiven(key)))
        {
            return;
        }

        Place place = timing.IsGiven(key) || other is null ? timing.PlaceOf(key) : timing.PlaceOf(other);
        var what = timing.IsGiven(key) ? DurationShape.Text(value) : $"{key.Name} ({DurationShape.Text(value)}, the default)";
        var remedy = timing.IsGiven(key)
            ? $"write at least {DurationShape.Text(least)}"
            : $"add '{key.Name}: {DurationShape.Text(least)}' or more";
        findings.Error(place, $"{what} is less than {because} ({DurationShape.Text(least)})", remedy);
    }
}
