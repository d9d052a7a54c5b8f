using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Tests;

public class PeerTimingTests
{
    [Fact]
    public void Patroni_is_never_set_against_its_own_rule()
    {
        foreach (var timing in new[] { PatroniTiming.Defaults, PatroniTiming.Tight })
        {
            (timing.LoopWait + (2 * timing.RetryTimeout)).ShouldBeLessThanOrEqualTo(timing.Ttl);
        }
    }

    [Fact]
    public void A_primary_that_is_cut_off_stops_before_another_is_promoted() =>
        (AutoFailoverTiming.Tight.NetworkPartition! * 1000).Value.ShouldBeLessThan(
            int.Parse(AutoFailoverTiming.Tight.Monitor.Single(setting => setting.Name == "primary_demote_timeout").Value));
}
