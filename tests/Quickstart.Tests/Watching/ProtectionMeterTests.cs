using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Tests.Watching;

public class ProtectionMeterTests
{
    private readonly ProtectionMeter _meter = new(new HandClock());

    private void Says(string member, long epoch, string mode, long at) =>
        _meter.Observe(new Observation(member, at, new AgentStatus { Epoch = epoch, Mode = mode }, null), at);

    private double Milliseconds(long now) => _meter.Unprotected(now).TotalMilliseconds;

    [Fact]
    public void A_protected_group_gathers_no_time()
    {
        _meter.Reset(0);
        Says("a", 1, "zero-loss", 10);
        Says("b", 1, "zero-loss", 20);
        Milliseconds(1000).ShouldBe(0);
    }

    [Fact]
    public void Time_counts_from_when_one_agent_says_so_until_it_says_otherwise()
    {
        _meter.Reset(0);
        Says("a", 2, "unprotected", 100);
        Says("b", 2, "zero-loss", 110);
        Says("a", 2, "zero-loss", 140);
        Says("a", 2, "zero-loss", 200);
        Milliseconds(1000).ShouldBe(40);
    }

    [Fact]
    public void What_is_still_so_counts_up_to_now()
    {
        _meter.Reset(0);
        Says("a", 2, "unprotected", 100);
        Milliseconds(160).ShouldBe(60);
    }

    [Fact]
    public void An_agent_of_an_older_epoch_is_not_listened_to()
    {
        _meter.Reset(0);
        Says("a", 3, "zero-loss", 100);
        Says("b", 2, "unprotected", 110);
        Milliseconds(1000).ShouldBe(0);
    }

    [Fact]
    public void An_agent_that_falls_silent_is_not_believed_for_ever()
    {
        _meter.Reset(0);
        Says("a", 2, "unprotected", 100);
        Says("b", 2, "zero-loss", 110);
        _meter.Observe(new Observation("a", 120, null, "no answer"), 120);
        Milliseconds(1000).ShouldBe(20);
    }

    [Fact]
    public void A_reset_begins_anew()
    {
        Says("a", 2, "unprotected", 100);
        _meter.Reset(500);
        Says("a", 2, "zero-loss", 530);
        Milliseconds(1000).ShouldBe(30);
    }
}
