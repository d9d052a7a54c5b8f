using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Verify;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Running;

namespace Holdfast.Verification.Tests.Verdicts;

public sealed class PartsTests
{
    private static readonly RelationName Name = new("public", "numbers");

    [Theory]
    // A standby shows what is logged ahead: up to 32 values and the cache.
    [InlineData(50, 10, 1, 50, null)]
    [InlineData(50, 10, 1, 60, null)]
    [InlineData(50, 0, 1, 82, null)]
    [InlineData(50, 0, 1, 49, DifferenceKind.SequenceBehind)]
    [InlineData(50, 0, 1, 1000, DifferenceKind.SequenceAhead)]
    [InlineData(-50, 0, -1, -49, DifferenceKind.SequenceBehind)]
    [InlineData(-50, 5, -1, -60, null)]
    [InlineData(long.MaxValue, 0, 1, long.MinValue, DifferenceKind.SequenceBehind)]
    public void A_sequence_is_judged_in_its_own_direction(long last, long ahead, long increment, long found, DifferenceKind? verdict)
    {
        var here = new SequenceState(Name, last, ahead, Called: true, increment, Cache: 1);
        SequenceComparer.Judge(here, here with { Last = found, Ahead = 0 }, here).ShouldBe(verdict);
    }

    [Theory]
    // Last and ahead of the old primary, now a standby, and the value of the new one, which had the log of it.
    [InlineData(1071, 31, 1, 1102, null)]
    [InlineData(1071, 31, 1, 1103, DifferenceKind.SequenceBehind)]
    [InlineData(1071, 0, 1, 1102, DifferenceKind.SequenceBehind)]
    [InlineData(-1071, 31, -1, -1102, null)]
    [InlineData(-1071, 31, -1, -1103, DifferenceKind.SequenceBehind)]
    [InlineData(-15, 32, -3, -111, null)]
    [InlineData(-15, 32, -3, -114, DifferenceKind.SequenceBehind)]
    [InlineData(-15, 0, -3, -111, DifferenceKind.SequenceBehind)]
    [InlineData(long.MaxValue - 3, 32, 1, long.MaxValue, null)]
    public void A_member_that_was_primary_reaches_as_far_as_it_has_logged(
        long found, long ahead, long increment, long reference, DifferenceKind? verdict)
    {
        var here = new SequenceState(Name, reference, 0, Called: true, increment, Cache: 1);
        SequenceComparer.Judge(here, here with { Last = found, Ahead = ahead }, here).ShouldBe(verdict);
    }

    [Fact]
    public void A_sequence_that_moves_or_is_set_back_meanwhile_is_not_accused()
    {
        var before = new SequenceState(Name, 10, 0, Called: true, 1, 1);
        SequenceComparer.Judge(before, before with { Last = 500 }, before with { Last = 480 }).ShouldBeNull();
        SequenceComparer.Judge(before, before with { Last = 1 }, before with { Last = 2 }).ShouldBeNull();
        SequenceComparer.Judge(before, before with { Called = false }, before).ShouldBe(DifferenceKind.SequenceBehind);
    }

    [Fact]
    public void Equal_rows_cancel_out_as_often_as_they_occur() =>
        Multiset.Surplus(["a", "a", "b", "c"], ["a", "c", "c"], word => word).ShouldBe(["a", "b"]);

    [Fact]
    public void Rows_without_a_key_that_lie_elsewhere_are_no_suspects()
    {
        RowState Row(string place, long hash) => new([place], "v", hash);
        ChunkComparer.Suspects([Row("(0,1)", 1), Row("(0,2)", 1), Row("(0,3)", 3)], [Row("(0,7)", 1), Row("(0,3)", 4)], keyed: false)
            .Select(key => key[0]).ShouldBe(["(0,2)", "(0,3)"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0-3,5,7-8")]
    public void A_set_of_numbers_survives_its_text(string text) => NumberSet.Parse(text).ToString().ShouldBe(text);

    [Fact]
    public void A_range_is_halved_down_to_a_block()
    {
        var (first, second) = ChunkRange.Blocks(0, 5).Halves(5)!.Value;
        (first, second).ShouldBe((ChunkRange.Blocks(0, 2), ChunkRange.Blocks(2, 5)));
        ChunkRange.Blocks(4, 5).Halves(5).ShouldBeNull();
        ChunkRange.Whole.Halves(5).ShouldBeNull();
        ChunkRange.Blocks(5, null).Halves(5)!.Value.Second.ShouldBe(ChunkRange.Blocks(6, null));
    }

    [Theory]
    [InlineData("numbers", true)]
    [InlineData("public.numbers", true)]
    [InlineData("public.num*", true)]
    [InlineData("n*s", true)]
    [InlineData("other.*", false)]
    [InlineData("number", false)]
    [InlineData("n.*", false)]
    public void A_pattern_fits_the_name_or_the_name_with_its_schema(string pattern, bool fits) => NamePattern.Fits(pattern, Name).ShouldBe(fits);

    [Theory]
    [InlineData("25%", 0.25, null)]
    [InlineData("50MB/s", 0.05, 50_000_000L)]
    [InlineData("100%, 1.5kB/s", 1.0, 1500L)]
    public void A_throttle_is_a_share_a_rate_or_both(string text, double share, long? rate)
    {
        var options = Throttle.Apply(new VerifyOptions(), text);
        (options.Share, options.Rate).ShouldBe((share, rate));
    }

    [Theory]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("fast")]
    [InlineData("-1MB/s")]
    public void Anything_else_is_refused(string text) =>
        Should.Throw<CliException>(() => Throttle.Apply(new VerifyOptions(), text)).Code.ShouldBe(ExitCode.Usage);

    [Fact]
    public void A_rate_is_shared_and_not_saved_up()
    {
        var time = new HandTime();
        var rate = new RateLimit(1000, time);
        rate.Take(500).ShouldBe(TimeSpan.FromMilliseconds(500));
        rate.Take(500).ShouldBe(TimeSpan.FromMilliseconds(1000));
        time.Advance(TimeSpan.FromSeconds(60));
        rate.Take(2000).ShouldBe(TimeSpan.FromMilliseconds(2000));
        new RateLimit(null, time).Take(long.MaxValue).ShouldBe(TimeSpan.Zero);
    }

    private sealed class HandTime : TimeProvider
    {
        private long _ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => _ticks;
        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
