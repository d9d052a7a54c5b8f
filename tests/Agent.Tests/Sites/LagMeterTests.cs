using Holdfast.Agent.Sites;
using Holdfast.Agent.Tests.Heartbeats;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Sites;

public sealed class LagMeterTests
{
    [Fact]
    public void The_lag_is_the_age_of_the_oldest_log_that_is_lacking()
    {
        var time = new ManualTime();
        var meter = new LagMeter(time);
        for (var end = 100UL; end <= 500; end += 100)
        {
            meter.Note(new Lsn(end));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        meter.Of(new Lsn(500), new Lsn(500)).ShouldBe(TimeSpan.Zero);
        meter.Of(new Lsn(450), new Lsn(500)).ShouldBe(TimeSpan.FromSeconds(1));
        meter.Of(new Lsn(200), new Lsn(500)).ShouldBe(TimeSpan.FromSeconds(3), "what ends at 300 was seen three seconds ago");
        meter.Of(new Lsn(0), new Lsn(500)).ShouldBe(TimeSpan.FromSeconds(5));
        meter.Of(new Lsn(500), new Lsn(510)).ShouldBe(TimeSpan.Zero, "it has not been looked at since");
        meter.Forget();
        meter.Of(new Lsn(0), new Lsn(500)).ShouldBe(TimeSpan.Zero);
    }
}
