namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// What Sentinel is set to. It asks each server once a second, or as often as <c>down-after</c> where that is shorter, and its documentation names
/// no least value.
/// </summary>
/// <param name="DownAfter">In milliseconds: so long a server may be silent; null: the default, 30 s.</param>
/// <param name="FailoverTimeout">In milliseconds; null: the default, 180 s.</param>
/// <param name="MinReplicas"><c>min-replicas-to-write</c> of the servers.</param>
internal sealed record SentinelTiming(int? DownAfter, int? FailoverTimeout, int MinReplicas = 0)
{
    public static readonly SentinelTiming Defaults = new(null, null);
    public static readonly SentinelTiming Tight = new(1000, 10_000);
    public static readonly SentinelTiming TightWithReplica = Tight with { MinReplicas = 1 };

    public override string ToString() =>
        $"down-after-milliseconds {DownAfter ?? 30_000}, failover-timeout {FailoverTimeout ?? 180_000}, quorum 2, min-replicas-to-write {MinReplicas}";
}
