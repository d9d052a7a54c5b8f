using Holdfast.Core.Failover;

namespace Holdfast.Agent.Api.Metrics;

/// <summary>The group as this member sees it. What is not known has no sample, rather than a false zero.</summary>
internal static class GroupMetrics
{
    private static readonly string[] Roles = ["primary", "standby", "unknown"];

    public static void Write(PrometheusWriter writer, GroupStatus status, string member, bool live)
    {
        var self = status.Members.FirstOrDefault(candidate => candidate.Name == member)
            ?? new MemberStatus { Name = member, Address = "", Agent = "" };
        var who = PrometheusWriter.Labels(("system", status.System), ("store", status.Store), ("site", status.Site), ("member", member));

        Flag("holdfast_up", "This member's server answers.", self.Healthy || MemberStates.IsRunning(self.State));
        Flag("holdfast_healthy", "This member serves as it should: the primary with its gate open, or a standby that streams.", self.Healthy);
        Flag("holdfast_agent_live", "The agent's loop makes progress.", live);

        writer.Family("holdfast_role", "gauge", "1 for the role that this member has, 0 for the others.");
        foreach (var role in Roles)
        {
            writer.Sample("holdfast_role", $"{who},{PrometheusWriter.Labels(("role", role))}", self.Role == role ? 1 : 0);
        }

        writer.Gauge("holdfast_epoch", "Epoch of the newest record seen; rises with every change of primary.", status.Epoch, who);
        Optional("holdfast_timeline", "Timeline of this member's log.", self.Timeline);
        Optional("holdfast_lsn_bytes", "This member's log position, in bytes.", Lsn.TryParse(self.Lsn, out var lsn) ? lsn.Value : null);
        Optional("holdfast_lag_bytes", "Bytes behind the primary.", self.LagBytes);
        Flag("holdfast_safe_to_lose_host", "A host can be lost now without losing a commit or the service.", status.SafeToLoseHost);
        Flag("holdfast_unprotected", "Commits are acknowledged with one copy only.", status.UnprotectedSince is not null);
        Flag("holdfast_coordination_reachable", "Coordination (etcd) answers.", status.CoordinationReachable);
        Flag("holdfast_paused", "Automatic actions are paused.", status.Paused);
        writer.Gauge("holdfast_candidates", "Standbys whose acknowledgement counts.", status.Candidates.Length, who);
        writer.Gauge("holdfast_acks", "How many of the candidates must have flushed a commit before it is acknowledged.", status.Acks, who);
        writer.Gauge("holdfast_pending_restart", "Settings that wait for a restart of this member's server.", self.PendingRestart.Length, who);

        writer.Family("holdfast_member_reachable", "gauge", "The member's agent has been heard lately, by this member.");
        foreach (var other in status.Members)
        {
            writer.Sample("holdfast_member_reachable", $"{who},{PrometheusWriter.Labels(("peer", other.Name))}", other.Reachable ? 1 : 0);
        }

        void Flag(string name, string help, bool value) => writer.Gauge(name, help, value ? 1 : 0, who);

        void Optional(string name, string help, double? value)
        {
            writer.Family(name, "gauge", help);
            if (value is { } known)
            {
                writer.Sample(name, who, known);
            }
        }
    }
}
