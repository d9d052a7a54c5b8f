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

    [Fact]
    public void What_all_but_a_share_of_the_gaps_stay_below_is_one_of_the_gaps()
    {
        var window = new OutageWindow(_clock, lastBefore: 0);
        foreach (var gap in Enumerable.Range(1, 100))
        {
            window.Add(gap * (gap + 1) / 2); // gaps of 1, 2, … 100 ms
        }

        window.ExceededBy(0.01).ShouldBe(TimeSpan.FromMilliseconds(99));
        window.ExceededBy(0.5).ShouldBe(TimeSpan.FromMilliseconds(50));
        window.Longest.ShouldBe(TimeSpan.FromMilliseconds(100));
        window.LongerThan(TimeSpan.FromMilliseconds(98)).ShouldBe(2);
    }

    [Fact]
    public void Without_any_gap_nothing_is_said_about_them() => new OutageWindow(_clock, lastBefore: 0).ExceededBy(0.01).ShouldBeNull();
}
