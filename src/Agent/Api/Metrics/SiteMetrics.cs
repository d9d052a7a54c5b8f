using Holdfast.Agent.Api.Sites;

namespace Holdfast.Agent.Api.Metrics;

/// <summary>The store's two sites as this member sees them. What is not known has no sample; a store with one site has none of these.</summary>
internal static class SiteMetrics
{
    private static readonly string[] LinkStates = ["streaming", "queueing", "re-syncing", "lost", "unknown"];

    public static void Write(PrometheusWriter writer, GroupStatus status, string member)
    {
        if (status.Sites is not { } sites)
        {
            return;
        }

        var who = PrometheusWriter.Labels(("system", status.System), ("store", status.Store), ("site", status.Site), ("member", member));
        var known = sites.ActiveSite is not null;
        Optional("holdfast_site_active", "This member's site is the active one.", Flag(known ? sites.Role == "active" : null));
        Optional("holdfast_site_epoch", "Site epoch; rises with every change of the active site.", known ? sites.SiteEpoch : null);
        Optional("holdfast_site_lag_seconds", "How far the passive site is behind, in seconds of the active primary's clock.", sites.LagSeconds);
        Optional("holdfast_site_lag_bytes", "How far the passive site is behind, in bytes of log.", sites.LagBytes);
        Optional("holdfast_site_rpo_seconds", "How much may be lost with a site, in seconds, as declared.", sites.RpoSeconds);
        Optional("holdfast_site_lag_above_rpo", "A site loss now would lose more than declared.", Flag(known ? sites.LagAboveRpo : null));
        Optional(
            "holdfast_safe_to_lose_site", "The active site can be lost now, losing no more than the RPO.", Flag(known ? sites.SafeToLoseSite : null));
        Optional("holdfast_site_global_reachable", "The global scope answers.", Flag(sites.GlobalReachable));
        Optional(
            "holdfast_site_lease_held", "This member's site holds the site lease, where 'isolation: fence' asks for one.",
            Flag(sites is { Isolation: "fence", GlobalReachable: true } ? sites.LeaseSite == status.Site : null));
        Optional(
            "holdfast_site_moving", "A move between the sites is on its way.",
            Flag(sites.GlobalReachable ? sites.Move is { State: "running" } : null));
        Link(sites.Link);

        void Link(LinkStatus? link)
        {
            writer.Family("holdfast_link_state", "gauge", "1 for the state that the link to the other site is in, 0 for the others.");
            foreach (var state in link is null ? [] : LinkStates)
            {
                writer.Sample("holdfast_link_state", $"{who},{PrometheusWriter.Labels(("state", state))}", link!.State == state ? 1 : 0);
            }

            Optional("holdfast_link_backlog_bytes", "Log that is kept for the other site.", link?.BacklogBytes);
            Optional("holdfast_link_rate_bytes_per_second", "Log produced, in bytes per second.", link?.RateBytesPerSecond);
            Optional("holdfast_link_full_seconds", "How long the queue's bound lasts at the present rate.", link?.FullInSeconds);
            Optional("holdfast_link_caught_up_seconds", "While re-syncing: when the other site will have caught up.", link?.CaughtUpInSeconds);
            Optional("holdfast_link_round_trip_seconds", "Round trip to the other site's leader.", link?.RoundTripMs / 1000);
            Optional("holdfast_link_enforcing_rpo", "The passive site acknowledges commits until it has caught up.", Flag(link?.EnforcingRpo));
            Optional("holdfast_link_writes_stopped", "Commits wait, because the queue is full.", Flag(link?.WritesStopped));
        }

        void Optional(string name, string help, double? value)
        {
            writer.Family(name, "gauge", help);
            if (value is { } sample)
            {
                writer.Sample(name, who, sample);
            }
        }
    }

    private static double? Flag(bool? value) => value switch { true => 1, false => 0, null => null };
}
