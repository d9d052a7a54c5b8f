using System.Reflection;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning;

public sealed class QuantityTests
{
    private static readonly Probability Half = new(0.5);

    private static readonly (string Reason, Action Make)[] Impossible =
    [
        ("an amount of data of -1 bytes is impossible", () => _ = new ByteCount(-1)),
        ("an amount of data of NaN bytes is impossible", () => _ = new ByteCount(double.NaN)),
        ("an amount of data of Infinity bytes is impossible", () => _ = new ByteCount(double.PositiveInfinity)),
        ("a data rate of -1 bytes per second is impossible", () => _ = new ByteRate(-1)),
        ("a data rate of Infinity bytes per second is impossible", () => _ = ByteRate.OfMegabits(double.PositiveInfinity)),
        ("a route of -1 km is impossible", () => _ = new RouteLength(-1)),
        ("a route of 40001 km is impossible on earth", () => _ = new RouteLength(40_001)),
        ("a price of -1 (currency) is impossible", () => _ = new Money(-1)),
        ("a probability of 1.5 is impossible: it is from 0 to 1", () => _ = new Probability(1.5)),
        ("a probability of -0.5 is impossible", () => _ = new Probability(-0.5)),
        ("a probability of NaN is impossible", () => _ = new Probability(double.NaN)),
        ("a rate of -1 times a year is impossible", () => _ = new YearlyRate(-1)),
        ("a mean time between failures of 0 s is impossible: it is above 0", () => YearlyRate.OnceIn(TimeSpan.Zero)),
        ("a mean time between failures of -1 s is impossible", () => YearlyRate.OnceIn(TimeSpan.FromSeconds(-1))),
        ("a time of -1 s is impossible", () => Duration.OfSeconds(-1)),
        ("a time of NaN s is impossible", () => Duration.OfSeconds(double.NaN)),
        ("a delay of equipment of -00:00:01 is impossible", () => Propagation.RoundTrip(new RouteLength(1), TimeSpan.FromSeconds(-1))),
        ("a flush of -00:00:01 is impossible", () => CommitLatency.Of(CommitMode.Local, TimeSpan.FromSeconds(-1), TimeSpan.Zero, [], 0)),
        ("a round trip of -00:00:01 is impossible",
            () => CommitLatency.Of(CommitMode.On, TimeSpan.Zero, TimeSpan.Zero, [new StandbyPath(TimeSpan.FromSeconds(-1), TimeSpan.Zero)], 1)),
        ("2 acknowledgements of 1 standbys are impossible", () => CommitLatency.OrderStatistic([TimeSpan.Zero], 2)),
        ("0 acknowledgements of 1 standbys are impossible", () => CommitLatency.OrderStatistic([TimeSpan.Zero], 0)),
        ("the time of a transaction of 0 s is impossible", () => CommitLatency.PerConnection(TimeSpan.Zero)),
        ("an outage of -00:00:01 is impossible", () => Backlog.CatchUp(TimeSpan.FromSeconds(-1), new ByteRate(1), new ByteRate(2))),
        ("a peak of -00:00:01 is impossible", () => Backlog.LagAfterPeak(TimeSpan.FromSeconds(-1), new ByteRate(1), new ByteRate(2))),
        ("a margin of 0 times is impossible", () => Backlog.Retention(TimeSpan.Zero, new ByteRate(1), margin: 0)),
        ("3 of 2 parts are impossible", () => Availability.AtLeast(3, 2, Half)),
        ("-1 of 2 parts are impossible", () => Availability.AtLeast(-1, 2, Half)),
        ("a time to repair of -00:00:01 is impossible", () => Availability.Of(new YearlyRate(1), TimeSpan.FromSeconds(-1))),
        ("0 copies are impossible: there is at least one", () => Durability.LossOfAll(0, new YearlyRate(1), TimeSpan.Zero)),
        ("copies would fail faster than they are made",
            () => Durability.LossOfAll(2, new YearlyRate(10), Duration.Year / 20)),
        ("a number of disks times a time to repair of 0 s is impossible",
            () => Durability.MeanTimeToLoss(10, 1, TimeSpan.FromHours(1), TimeSpan.FromHours(1))),
    ];

    [Fact]
    public void What_no_system_has_is_refused_with_the_reason()
    {
        foreach (var (reason, make) in Impossible)
        {
            Should.Throw<ImpossibleException>(make, reason).Message.ShouldContain(reason, Case.Sensitive);
        }
    }

    /// <summary>What would not compile cannot be tested by compiling it: no operator joins two units but those that give a third.</summary>
    [Fact]
    public void No_quantity_becomes_another_or_a_bare_number_by_itself_and_only_the_same_are_added_or_compared()
    {
        Type[] quantities = [typeof(ByteCount), typeof(ByteRate), typeof(RouteLength), typeof(Money), typeof(Probability), typeof(YearlyRate)];
        var products = new HashSet<(Type, Type, Type)>
        {
            (typeof(ByteRate), typeof(TimeSpan), typeof(ByteCount)),
            (typeof(ByteCount), typeof(ByteRate), typeof(TimeSpan)),
        };
        var seen = 0;
        foreach (var quantity in quantities)
        {
            var methods = quantity.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.IsSpecialName);
            foreach (var method in methods.Where(method => method.Name.StartsWith("op_", StringComparison.Ordinal)))
            {
                method.Name.ShouldNotBeOneOf("op_Implicit", "op_Explicit");
                var (left, right) = (method.GetParameters()[0].ParameterType, method.GetParameters()[1].ParameterType);
                var isSame = left == quantity && right == quantity;
                var isScaled = method.Name == "op_Multiply" && left == quantity && right == typeof(double) && method.ReturnType == quantity;
                (isSame || isScaled || products.Contains((left, right, method.ReturnType)))
                    .ShouldBeTrue($"{method.Name}({left.Name}, {right.Name}) of {quantity.Name}");
                seen++;
            }
        }

        seen.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Every_quantity_can_be_written()
    {
        object[] all = [new ByteCount(1), new ByteRate(1), new RouteLength(1), new Money(1), new Probability(0.5), new YearlyRate(1)];
        all.ShouldAllBe(one => one.ToString()!.Length > 0);
    }

    [Fact]
    public void A_line_is_sold_in_bits_and_storage_in_thousands()
    {
        ByteRate.OfMegabits(1000).BytesPerSecond.ShouldBe(125e6);
        new ByteRate(125e6).Megabits.ShouldBe(1000);
        new ByteCount(16L << 30).Gigabytes.ShouldBe(17.18, 0.001);
    }

    [Fact]
    public void A_rate_times_a_time_is_an_amount_and_an_amount_over_a_rate_is_a_time()
    {
        (new ByteRate(50) * TimeSpan.FromMinutes(2)).Bytes.ShouldBe(6000);
        (new ByteCount(6000) / new ByteRate(50)).ShouldBe(TimeSpan.FromMinutes(2));
        (new ByteCount(6000) / new ByteRate(0)).ShouldBe(TimeSpan.MaxValue, "it never comes");
    }

    [Fact]
    public void What_is_left_of_a_rate_is_never_less_than_nothing()
    {
        new ByteRate(10).Less(new ByteRate(4)).BytesPerSecond.ShouldBe(6);
        new ByteRate(10).Less(new ByteRate(40)).BytesPerSecond.ShouldBe(0);
        ByteRate.Least(new ByteRate(3), new ByteRate(2)).BytesPerSecond.ShouldBe(2);
    }

    [Fact]
    public void Times_that_fit_into_nothing_are_the_largest_there_is()
    {
        Duration.OfSeconds(1e30).ShouldBe(TimeSpan.MaxValue);
        Duration.OfSeconds(double.PositiveInfinity).ShouldBe(TimeSpan.MaxValue);
        Duration.Sum([TimeSpan.MaxValue, TimeSpan.FromDays(1)]).ShouldBe(TimeSpan.MaxValue);
        Duration.Sum([TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2)]).ShouldBe(TimeSpan.FromSeconds(3.5));
    }

    [Fact]
    public void Once_in_two_years_is_half_a_time_a_year_and_strikes_in_two_years_of_five()
    {
        var rate = YearlyRate.OnceIn(Duration.Year * 2);
        rate.TimesAYear.ShouldBe(0.5, 1e-12);
        rate.InAYear.Value.ShouldBe(1 - Math.Exp(-0.5), 1e-12);
        (rate + new YearlyRate(1)).TimesAYear.ShouldBe(1.5, 1e-12);
    }

    [Fact]
    public void Probabilities_of_things_that_know_nothing_of_each_other_multiply()
    {
        new Probability(0.9).And(new Probability(0.8)).Value.ShouldBe(0.72, 1e-12);
        new Probability(0.9).Not.Value.ShouldBe(0.1, 1e-12);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.0003, "300 µs")]
    [InlineData(0.0082, "8.2 ms")]
    [InlineData(5, "5 s")]
    [InlineData(600, "10 min")]
    [InlineData(86_400, "24 h")]
    [InlineData(2_592_000, "30 days")]
    public void Times_are_read_in_the_unit_that_fits(double seconds, string text) => QuantityText.Of(Duration.OfSeconds(seconds)).ShouldBe(text);

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(1e6, "1 MB")]
    [InlineData(999_600_000, "1 GB")]
    [InlineData(17_179_869_184, "17.2 GB")]
    public void Amounts_are_read_in_the_unit_that_fits(double bytes, string text) => QuantityText.Of(new ByteCount(bytes)).ShouldBe(text);

    [Theory]
    [InlineData(0.5, "50 %")]
    [InlineData(0.99, "99 %")]
    [InlineData(0.9995, "99.95 %")]
    [InlineData(0.99996, "99.996 %")]
    [InlineData(0.99885, "99.88 %")]
    [InlineData(1, "100 %")]
    public void Availability_has_as_many_digits_as_nines_and_one_more(double share, string text) =>
        QuantityText.Available(new Probability(share)).ShouldBe(text);
}
