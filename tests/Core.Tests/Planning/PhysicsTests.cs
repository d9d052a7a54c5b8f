using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>Each formula against figures reckoned by hand.</summary>
public sealed class PhysicsTests
{
    private static readonly StandbyPath[] Standbys =
    [
        new(Milliseconds(6), Milliseconds(1), Milliseconds(0.3), Milliseconds(4)),
        new(Milliseconds(2), Milliseconds(1), Milliseconds(0.3), Milliseconds(4)),
        new(Milliseconds(20), Milliseconds(1), Milliseconds(0.3), Milliseconds(4)),
    ];

    [Fact]
    public void A_round_trip_is_the_route_twice_and_the_equipment()
    {
        Propagation.OneWay(new RouteLength(100)).TotalMicroseconds.ShouldBe(489.7, 0.1);
        Propagation.RoundTrip(new RouteLength(100), TimeSpan.FromMicroseconds(200)).TotalMicroseconds.ShouldBe(1179.3, 0.2);
    }

    [Fact]
    public void Reach_is_the_round_trip_backwards()
    {
        var equipment = TimeSpan.FromMicroseconds(200);
        Propagation.Reach(Propagation.RoundTrip(new RouteLength(550), equipment), equipment)!.Value.Kilometres.ShouldBe(550, 0.01);
        Propagation.Reach(TimeSpan.FromMicroseconds(199), equipment).ShouldBeNull("the equipment takes all of it");
        Propagation.Reach(TimeSpan.FromHours(1))!.Value.Kilometres.ShouldBe(RouteLength.Longest);
    }

    [Theory]
    [InlineData(CommitMode.Local, 1.2)]
    [InlineData(CommitMode.RemoteWrite, 3.5)]
    [InlineData(CommitMode.On, 4.5)]
    [InlineData(CommitMode.RemoteApply, 8.8)]
    public void A_commit_adds_its_own_flush_and_work_and_the_nearest_answer_in_each_mode(CommitMode mode, double milliseconds) =>
        CommitLatency.Of(mode, Milliseconds(1), Milliseconds(0.2), Standbys, 1).ShouldBe(Milliseconds(milliseconds));

    [Theory]
    [InlineData(1, 4.5)]
    [InlineData(2, 8.5)]
    [InlineData(3, 22.5)]
    public void Of_several_standbys_the_last_that_is_needed_counts(int quorum, double milliseconds) =>
        CommitLatency.Of(CommitMode.On, Milliseconds(1), Milliseconds(0.2), Standbys, quorum).ShouldBe(Milliseconds(milliseconds));

    [Fact]
    public void A_wait_for_none_is_local() =>
        CommitLatency.Of(CommitMode.On, Milliseconds(1), Milliseconds(0.2), Standbys, 0).ShouldBe(Milliseconds(1.2));

    [Fact]
    public void A_wait_for_any_of_three_is_slow_only_when_all_are()
    {
        CommitLatency.SlowOfAny(new Probability(0.1), 3, 1).Value.ShouldBe(0.001, 1e-12);
        CommitLatency.SlowOfAny(new Probability(0.1), 3, 3).Value.ShouldBe(CommitLatency.SlowOfAll(new Probability(0.1), 3).Value, 1e-12);
    }

    [Fact]
    public void Connections_that_commit_one_after_another_make_their_reciprocal_and_as_many_are_needed_as_are_under_way()
    {
        CommitLatency.PerConnection(Milliseconds(8)).ShouldBe(125, 1e-9);
        CommitLatency.PerConnection(Milliseconds(8), between: Milliseconds(2)).ShouldBe(100, 1e-9);
        CommitLatency.ConnectionsFor(1000, Milliseconds(8)).ShouldBe(8, 1e-9);
    }

    [Fact]
    public void A_link_carries_the_least_of_line_window_and_loss()
    {
        var (line, window) = (ByteRate.OfMegabits(1000), new ByteCount(3_145_728));
        LinkCapacity.OfLog(line, Milliseconds(1), window, Probability.Never).BytesPerSecond.ShouldBe(117.66e6, 0.01e6);
        LinkCapacity.OfLog(line, Milliseconds(100), window, Probability.Never).BytesPerSecond.ShouldBe(31.457e6, 0.001e6);
        LinkCapacity.OfLog(line, Milliseconds(100), window, new Probability(0.01)).BytesPerSecond.ShouldBe(177_343, 1);
        LinkCapacity.OfLog(line, TimeSpan.Zero, window, new Probability(0.01))
            .ShouldBe(LinkCapacity.OfLog(line, Milliseconds(1), window, Probability.Never));
        LinkCapacity.OfLog(line, Milliseconds(1), window, Probability.Certain).BytesPerSecond.ShouldBe(0, "nothing arrives");
    }

    [Fact]
    public void Half_a_link_full_for_a_day_is_caught_up_in_a_day_and_nine_tenths_in_nine()
    {
        var day = TimeSpan.FromDays(1);
        Backlog.CatchUp(day, new ByteRate(5), new ByteRate(10)).ShouldBe(day);
        Backlog.CatchUp(day, new ByteRate(9), new ByteRate(10))!.Value.TotalDays.ShouldBe(9, 1e-6);
        Backlog.CatchUp(day, new ByteRate(10), new ByteRate(10)).ShouldBeNull();
        Backlog.CatchUp(day, new ByteRate(1), new ByteRate(0)).ShouldBeNull("there is no link");
        Backlog.CatchUp(day, new ByteRate(0), new ByteRate(0)).ShouldBe(TimeSpan.Zero, "there is nothing to send");
    }

    [Fact]
    public void A_queue_of_sixteen_gigabytes_lasts_a_day_of_two_tenths_of_a_megabyte()
    {
        Backlog.TimeToFull(new ByteCount(17.28e9), new ByteRate(200e3)).ShouldBe(TimeSpan.FromDays(1));
        Backlog.TimeToFull(new ByteCount(1), new ByteRate(0)).ShouldBeNull();
        Backlog.Retention(TimeSpan.FromDays(1), new ByteRate(200e3), margin: 2).Bytes.ShouldBe(34.56e9, 1);
    }

    /// <summary>A queue, step by step: what was received last was written at some time, and what came since is what would be lost.</summary>
    [Theory]
    [InlineData(3, 2)]
    [InlineData(30, 1)]
    [InlineData(1.01, 1)]
    public void The_most_that_is_lost_in_a_peak_is_what_a_queue_followed_step_by_step_says(double log, double link)
    {
        const double Peak = 600, Step = 0.1;
        var (received, worst, average) = (0.0, 0.0, link / 2);
        for (var now = 0.0; now < 2 * Peak * log / link; now += Step)
        {
            received = Math.Min((log * Math.Min(now, Peak)) + (average * Math.Max(0, now - Peak)), received + (link * Step));
            var written = received <= Peak * log ? received / log : Peak + ((received - (Peak * log)) / average);
            worst = Math.Max(worst, now - written);
        }

        Backlog.LagAfterPeak(TimeSpan.FromSeconds(Peak), new ByteRate(log), new ByteRate(link)).TotalSeconds.ShouldBe(worst, 0.5);
    }

    [Fact]
    public void Nothing_falls_behind_that_the_link_carries_and_all_does_without_one()
    {
        Backlog.LagAfterPeak(TimeSpan.FromHours(1), new ByteRate(2), new ByteRate(2)).ShouldBe(TimeSpan.Zero);
        Backlog.LagAfterPeak(TimeSpan.FromHours(1), new ByteRate(2), new ByteRate(0)).ShouldBe(TimeSpan.MaxValue);
        Backlog.LagAfterPeak(TimeSpan.Zero, new ByteRate(2), new ByteRate(1)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void With_a_lag_as_many_are_lost_as_arrive_in_it() => Backlog.ExpectedLoss(100, TimeSpan.FromSeconds(2.5)).ShouldBe(250, 1e-9);

    [Fact]
    public void Availability_is_the_share_of_the_time_between_repairs()
    {
        Availability.Of(new YearlyRate(1), Duration.Year).Value.ShouldBe(0.5, 1e-12);
        Availability.Of(new YearlyRate(0), Duration.Year).ShouldBe(Probability.Certain);
        Availability.DowntimeAYear(new Probability(0.5)).ShouldBe(Duration.Year / 2);
    }

    [Fact]
    public void All_of_n_is_the_product_and_one_of_n_the_complement_of_none()
    {
        var one = new Probability(0.9);
        Availability.AtLeast(3, 3, one).Value.ShouldBe(Availability.Series([one, one, one]).Value, 1e-12);
        Availability.AtLeast(1, 3, one).Value.ShouldBe(0.999, 1e-12);
        Availability.AtLeast(0, 3, one, new Probability(0.1)).ShouldBe(Probability.Certain, "none is needed");
        Availability.AtLeast(1, 1, one, new Probability(0.1)).Value.ShouldBe(0.9, 1e-12, "nothing is shared with nobody");
        Availability.Series([]).ShouldBe(Probability.Certain);
    }

    [Fact]
    public void Copies_are_lost_together_as_often_as_one_fails_while_all_others_are_down()
    {
        var (rate, repair) = (new YearlyRate(2), Duration.Year / 100);
        Durability.LossOfAll(1, rate, repair).TimesAYear.ShouldBe(2);
        Durability.LossOfAll(2, rate, repair).TimesAYear.ShouldBe(2 * 2 * 0.02, 1e-12);
        Durability.LossOfAll(3, rate, repair).TimesAYear.ShouldBe(3 * 2 * 0.02 * 0.02, 1e-12);
        Durability.LossOfAll(9, rate, repair, new Probability(0.1)).TimesAYear.ShouldBe(0.2, 1e-6, "what strikes all at once is all that is left");
    }

    [Fact]
    public void A_recovery_is_the_sum_of_its_parts_and_leaves_out_what_takes_no_time()
    {
        var recovery = RecoveryTime.Of(
            new PartTime(RecoveryPart.Detect, Milliseconds(700), ""), new PartTime(RecoveryPart.Fence, TimeSpan.Zero, ""),
            new PartTime(RecoveryPart.Promote, Milliseconds(120), ""));
        recovery.Total.ShouldBe(Milliseconds(820));
        recovery.Parts.Select(part => part.Part).ShouldBe([RecoveryPart.Detect, RecoveryPart.Promote]);
    }
}
