using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// pg_auto_failover's times. Its documentation lists them and no least values, so the tight ones are chosen here, by these rules: the monitor
/// checks each second; a node is unhealthy only after two failed checks and after four of its keeper's reports (one a second) are missing; and
/// a primary that is cut off has stopped itself (network_partition_timeout) well before another is promoted (primary_demote_timeout), the
/// order that the defaults (20 s, 30 s) have too.
/// </summary>
/// <param name="Monitor">Settings of the monitor, beside its defaults.</param>
/// <param name="NetworkPartition">Seconds; the keepers' setting. Null: its default, 20.</param>
internal sealed record AutoFailoverTiming(ImmutableArray<(string Name, string Value)> Monitor, int? NetworkPartition)
{
    public static readonly AutoFailoverTiming Defaults = new([], null);

    public static readonly AutoFailoverTiming Tight = new(
        [
            ("health_check_period", "1000"), ("health_check_timeout", "1000"), ("health_check_max_retries", "1"),
            ("health_check_retry_delay", "500"), ("node_considered_unhealthy_timeout", "4000"), ("primary_demote_timeout", "6000"),
            ("startup_grace_period", "4000"),
        ],
        4);

    public override string ToString() => Monitor.IsEmpty
        ? "defaults, number_sync_standbys 1"
        : string.Join(", ", Monitor.Select(setting => $"{setting.Name} {setting.Value}")) +
            $", network_partition_timeout {NetworkPartition}, number_sync_standbys 1";
}
