namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Patroni's times, in seconds. Its documentation names the least values (since 3.2: ttl 20, loop_wait 1, retry_timeout 3) and a rule that must hold
/// for safety: loop_wait + 2 * retry_timeout &lt;= ttl.
/// </summary>
/// <param name="PrimaryStart">How long a crashed primary may recover in place before another takes over; 0: not at all.</param>
internal sealed record PatroniTiming(int Ttl, int LoopWait, int RetryTimeout, int PrimaryStart)
{
    public static readonly PatroniTiming Defaults = new(30, 10, 10, 300);
    public static readonly PatroniTiming Tight = new(20, 1, 3, 0);

    public override string ToString() =>
        $"ttl {Ttl}, loop_wait {LoopWait}, retry_timeout {RetryTimeout}, primary_start_timeout {PrimaryStart}, synchronous_mode on";
}
