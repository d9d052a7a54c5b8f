using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Tests.Writing;

public class OutageWindowTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void The_longest_gap_between_two_acknowledgements_is_the_outage()
    {
        var window = new OutageWindow(_clock, lastBefore: 100);
        foreach (var at in new long[] { 110, 120, 620, 640, 940, 950 })
        {
            window.Add(at);
        }

        window.Close(960).ShouldBe(TimeSpan.FromMilliseconds(500));
        window.Acknowledged.ShouldBe(6);
    }

    [Fact]
    public void The_gap_begins_with_the_last_acknowledgement_before_the_window()
    {
        var window = new OutageWindow(_clock, lastBefore: 100);
        window.Add(900);
        window.Close(910).ShouldBe(TimeSpan.FromMilliseconds(800));
    }

    [Fact]
    public void A_writer_that_does_not_come_back_is_out_until_the_end()
    {
        var window = new OutageWindow(_clock, lastBefore: 100);
        window.Add(110);
        window.Close(5110).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Nothing_counts_after_the_window_is_closed()
    {
        var window = new OutageWindow(_clock, lastBefore: 100);
        window.Add(110);
        window.Close(120);
        window.Add(9000);
        window.Acknowledged.ShouldBe(1);
        window.Close(9999).ShouldBe(TimeSpan.FromMilliseconds(10));
    }
}
