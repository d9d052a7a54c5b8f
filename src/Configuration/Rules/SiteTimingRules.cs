using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among the times of a store with two sites: the site lease, the objectives and the heartbeat of the link.</summary>
internal static class SiteTimingRules
{
    /// <summary>What a site needs to take over once the lease of the other has ended.</summary>
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(2);
    /// <summary>How old the newest word of the active site may be while all is well.</summary>
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(2);

    public static void Check(Section root, Section store, Findings findings)
    {
        var timing = store.Sub(StoreKeys.Timing);
        CheckLease(root, timing, findings);
        if (store.Get(StoreKeys.SiteFailover) == SiteFailoverPolicy.Automatic && store.Get(StoreKeys.Isolation) == IsolationPolicy.Fence)
        {
            CheckLeaseFits(store, timing, findings);
        }

        CheckHeartbeat(store, findings);
    }

    private static void CheckLease(Section root, Section timing, Findings findings)
    {
        var lease = timing.Get(TimingKeys.SiteLease);
        if (lease == TimeSpan.Zero)
        {
            return;
        }

        var place = timing.PlaceOf(TimingKeys.SiteLease);
        if (lease < ShortestLease)
        {
            findings.Error(
                place, $"{DurationShape.Text(lease)} is less than the shortest that etcd keeps ({DurationShape.Text(ShortestLease)})",
                $"write at least {DurationShape.Text(ShortestLease)}");
        }
        else if (lease.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            findings.Error(
                place, $"{DurationShape.Text(lease)} is not a whole number of seconds, which etcd counts in",
                $"write {Math.Ceiling(lease.TotalSeconds)}s");
        }

        var global = Clusters.Global(root);
        if (lease >= ShortestLease && lease <= global.RequestTimeout * 2)
        {
            var what = timing.IsGiven(TimingKeys.SiteLease)
                ? DurationShape.Text(lease)
                : $"{TimingKeys.SiteLease.Name} ({DurationShape.Text(lease)}, the default)";
            findings.Error(
                place,
                $"{what} is not longer than twice {global.Path}.request-timeout ({DurationShape.Text(global.RequestTimeout)}): " +
                    "one slow call and the next would lose the lease",
                "lengthen the lease or shorten the timeout");
        }
    }

    private static void CheckLeaseFits(Section store, Section timing, Findings findings)
    {
        var siteLoss = store.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey);
        var (lease, rto) = (timing.Get(TimingKeys.SiteLease), siteLoss.Get(ObjectivesKeys.SiteLoss.Rto));
        CheckLossFits(siteLoss, timing, lease, findings);
        if (rto == TimeSpan.Zero || lease + TakeOver <= rto)
        {
            return;
        }

        var longest = TimeSpan.FromSeconds(Math.Floor((rto - TakeOver).TotalSeconds));
        findings.Error(
            timing.IsGiven(TimingKeys.SiteLease) ? timing.PlaceOf(TimingKeys.SiteLease) : siteLoss.PlaceOf(ObjectivesKeys.SiteLoss.Rto),
            $"timing.site-lease ({DurationShape.Text(lease)}) and {DurationShape.Text(TakeOver)} to take over " +
                $"are more than objectives.site-loss.rto ({DurationShape.Text(rto)})",
            (longest < ShortestLease ? "" : $"shorten the lease to {DurationShape.Text(longest)} at most, or ") +
                $"write an rto of at least {DurationShape.Text(lease + TakeOver)}, or 'site-failover: manual'");
    }

    /// <summary>A site that is cut off may write until its lease ends, and nobody else can know how much: that counts as lacking.</summary>
    private static void CheckLossFits(Section siteLoss, Section timing, TimeSpan lease, Findings findings)
    {
        var rpo = siteLoss.Get(ObjectivesKeys.SiteLoss.Rpo);
        if (rpo == TimeSpan.Zero || rpo >= lease + Unseen)
        {
            return;
        }

        var longest = TimeSpan.FromSeconds(Math.Floor((rpo - Unseen).TotalSeconds));
        findings.Error(
            timing.IsGiven(TimingKeys.SiteLease) ? timing.PlaceOf(TimingKeys.SiteLease) : siteLoss.PlaceOf(ObjectivesKeys.SiteLoss.Rpo),
            $"a site that is cut off may write for timing.site-lease ({DurationShape.Text(lease)}), and its word may be {DurationShape.Text(Unseen)} old: " +
                $"more may be lost than objectives.site-loss.rpo ({DurationShape.Text(rpo)}), so the other site would never take over by itself",
            (longest < ShortestLease ? "" : $"shorten the lease to {DurationShape.Text(longest)} at most, or ") +
                $"write an rpo of at least {DurationShape.Text(lease + Unseen)}, or 'site-failover: manual'");
    }

    private static void CheckHeartbeat(Section store, Findings findings)
    {
        var link = store.Sub(StoreKeys.SiteLink);
        var siteLoss = store.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey);
        var (heartbeat, rpo) = (link.Get(SiteLinkKeys.Heartbeat), siteLoss.Get(ObjectivesKeys.SiteLoss.Rpo));
        if (rpo > TimeSpan.Zero && heartbeat >= rpo)
        {
            findings.Warn(
                link.IsGiven(SiteLinkKeys.Heartbeat) ? link.PlaceOf(SiteLinkKeys.Heartbeat) : siteLoss.PlaceOf(ObjectivesKeys.SiteLoss.Rpo),
                $"site-link.heartbeat ({DurationShape.Text(heartbeat)}) is not shorter than objectives.site-loss.rpo ({DurationShape.Text(rpo)}): " +
                    "a site that keeps up would look as if it lagged too far",
                "write a shorter heartbeat, or allow more to be lost");
        }
    }
}
