using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>Worked examples that others have published: the model must come to their results.</summary>
public sealed class LiteratureTests
{
    /// <summary>
    /// Corning, SMF-28 Ultra product information (PI1424): effective group index 1.4676 at 1310 nm and 1.4682 at 1550 nm, so 4.895 and 4.897 µs
    /// a kilometre.
    /// </summary>
    [Fact]
    public void Light_takes_between_the_two_figures_of_the_makers_of_fibre()
    {
        Propagation.MicrosecondsPerKilometre.ShouldBeInRange(4.895, 4.898);
        Propagation.RoundTrip(new RouteLength(1000)).TotalMilliseconds.ShouldBe(9.79, 0.005);
    }

    /// <summary>
    /// Of gigabit Ethernet with frames of 1500 bytes and TCP with time stamps, 941 Mbit/s are left: what iperf shows on every idle one.
    /// </summary>
    [Fact]
    public void A_gigabit_carries_941_megabits_of_tcp() => (1000 * LinkCapacity.TcpShare).ShouldBe(941, 0.5);

    /// <summary>
    /// S. Floyd, RFC 3649 (2003), on the formula of Mathis et al.: with packets of 1500 bytes and 100 ms, 10 Gbit/s need a window of 83,333
    /// packets, and at most one loss in 5,000,000,000 packets.
    /// </summary>
    [Fact]
    public void Ten_gigabits_over_a_hundred_milliseconds_need_the_window_and_the_loss_of_rfc_3649()
    {
        var line = ByteRate.OfMegabits(10_000);
        (LinkCapacity.WindowToFill(line, Milliseconds(100)).Bytes / 1500).ShouldBe(83_333, 1);
        LinkCapacity.ByLoss(new Probability(1 / 5e9), Milliseconds(100)).Megabits.ShouldBe(10_000, 200);
    }

    /// <summary>
    /// J. Dean and L. A. Barroso, "The Tail at Scale", Communications of the ACM 56(2), 2013: one in a hundred answers of a server is slow; of
    /// requests that wait for 100 servers 63 percent are. With one in 10,000 and 2,000 servers: almost one in five.
    /// </summary>
    [Theory]
    [InlineData(0.01, 1, 0.01, 1e-9)]
    [InlineData(0.01, 100, 0.63, 0.005)]
    [InlineData(0.0001, 2000, 0.18, 0.005)]
    public void A_wait_for_many_is_as_often_slow_as_in_the_tail_at_scale(double oneIsSlow, int servers, double published, double tolerance) =>
        CommitLatency.SlowOfAll(new Probability(oneIsSlow), servers).Value.ShouldBe(published, tolerance);

    /// <summary>
    /// D. Patterson, G. Gibson and R. Katz, "A Case for Redundant Arrays of Inexpensive Disks (RAID)", SIGMOD 1988: 100 disks of data with an
    /// MTTF of 30,000 h that are replaced within one. Mirrored: 4,500,000 h; level 3 in groups of 10: 820,000 h; in groups of 25: 346,000 h.
    /// </summary>
    [Theory]
    [InlineData(100, 1, 4_500_000, 1)]
    [InlineData(100, 10, 820_000, 2_000)]
    [InlineData(100, 25, 346_000, 500)]
    public void Groups_of_disks_lose_data_as_seldom_as_in_the_paper_on_raid(int data, int group, double hours, double tolerance) =>
        Durability.MeanTimeToLoss(data + (data / group), group + 1, TimeSpan.FromHours(30_000), TimeSpan.FromHours(1)).TotalHours
            .ShouldBe(hours, tolerance);

    /// <summary>The same paper's mirrored pair, MTTF² / (2 · MTTR), is what two copies come to.</summary>
    [Fact]
    public void Two_copies_are_the_mirrored_pair_of_the_paper_on_raid()
    {
        var (life, repair) = (TimeSpan.FromHours(3_000), TimeSpan.FromHours(1));
        var pair = Durability.LossOfAll(2, YearlyRate.OnceIn(life), repair);
        (Duration.Year / TimeSpan.FromHours(1) / pair.TimesAYear).ShouldBe(3_000.0 * 3_000 / 2, 1);
        Durability.MeanTimeToLoss(2, 2, life, repair).TotalHours.ShouldBe(3_000.0 * 3_000 / 2, 1);
    }

    /// <summary>
    /// B. Treynor, M. Dahlin, V. Rau and B. Beyer, "The Calculus of Service Availability", ACM Queue 15(2), 2017: 99.99 percent are 53 minutes
    /// a year; five dependencies of 99.999 percent take 26 of them; three outages of 20 minutes are too many.
    /// </summary>
    [Fact]
    public void A_year_of_four_nines_is_spent_as_in_the_calculus_of_service_availability()
    {
        var target = new Probability(0.9999);
        Availability.DowntimeAYear(target).TotalMinutes.ShouldBe(53, 0.5);
        var five = Availability.Series(Enumerable.Repeat(new Probability(0.99999), 5));
        Availability.DowntimeAYear(five).TotalMinutes.ShouldBe(26, 0.5);
        Availability.Of(new YearlyRate(3), TimeSpan.FromMinutes(20)).ShouldBeLessThan(target);
        Availability.Of(new YearlyRate(2), TimeSpan.FromMinutes(20)).ShouldBeGreaterThan(target);
    }

    /// <summary>
    /// B. Beyer et al. (editors), "Site Reliability Engineering", O'Reilly 2016, Appendix A: what each number of nines allows in a year.
    /// </summary>
    [Theory]
    [InlineData(0.99, 87.6)]
    [InlineData(0.999, 8.76)]
    [InlineData(0.9999, 0.8767)]
    public void Nines_allow_as_many_hours_as_in_the_table_of_site_reliability_engineering(double available, double hours) =>
        Availability.DowntimeAYear(new Probability(available)).TotalHours.ShouldBe(hours, hours / 500);

    /// <summary>
    /// R. E. Lyons and W. Vanderkulk, "The Use of Triple-Modular Redundancy to Improve Computer Reliability", IBM Journal 6(2), 1962: two of
    /// three are 3R² − 2R³, which helps above one half only, where it is one half.
    /// </summary>
    [Theory]
    [InlineData(0.9, 0.972)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.3, 0.216)]
    public void Two_of_three_are_as_good_as_triple_modular_redundancy(double one, double published) =>
        Availability.AtLeast(2, 3, new Probability(one)).Value.ShouldBe(published, 1e-9);

    /// <summary>
    /// The β-factor model of IEC 61508-6, Annex D, as a maker of safety systems tells it (G.M. International, "SIL Manual", 5.4.2): with 2
    /// percent of common cause redundancy makes failure at most some 50 times as rare, with 5 percent 20 times.
    /// </summary>
    [Theory]
    [InlineData(0.02, 50)]
    [InlineData(0.05, 20)]
    public void Common_causes_limit_what_copies_bring_as_in_the_manual(double commonCause, double times)
    {
        var one = new Probability(0.999);
        var many = Availability.AtLeast(1, 6, one, new Probability(commonCause));
        (one.Not.Value / many.Not.Value).ShouldBe(times, times / 1000);
    }

    /// <summary>
    /// PostgreSQL, walsender.c: <c>MAX_SEND_SIZE</c> is <c>XLOG_BLCKSZ * 16</c>, 128 KiB; its protocol adds 1 + 8 + 8 + 8 bytes, and 5 of
    /// CopyData.
    /// </summary>
    [Fact]
    public void Messages_of_log_have_the_headers_of_the_protocol() =>
        (1 / LinkCapacity.ReplicationShare).ShouldBe(1 + ((1 + 8 + 8 + 8 + 5) / (16.0 * 8192)), 1e-12);
}
