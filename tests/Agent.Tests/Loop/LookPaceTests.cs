using Holdfast.Agent.Loop;

namespace Holdfast.Agent.Tests.Loop;

public class LookPaceTests
{
    private static readonly LookPace Pace = new(Ms(100), Ms(600));

    [Fact]
    public void What_is_on_its_way_is_looked_at_often_whoever_is_silent()
    {
        Pace.Rest(busy: true, calm: true, [Ms(590)]).ShouldBe(Ms(15));
    }

    [Fact]
    public void When_all_is_well_it_rests_longer_than_a_heartbeat()
    {
        Pace.Rest(busy: false, calm: true, [Ms(0), Ms(250)]).ShouldBe(Ms(250));
        Pace.Rest(busy: false, calm: false, [Ms(0), Ms(250)]).ShouldBe(Ms(100));
        new LookPace(Ms(500), Ms(3000)).Rest(busy: false, calm: true, []).ShouldBe(Ms(500));
    }

    [Theory]
    [InlineData(300, 250)]
    [InlineData(400, 200)]
    [InlineData(540, 60)]
    [InlineData(599, 15)]
    [InlineData(600, 100)]
    [InlineData(60_000, 100)]
    public void Whoever_falls_silent_is_looked_at_when_the_silence_counts(int silence, int rest)
    {
        Pace.Rest(busy: false, calm: true, [Ms(20), Ms(silence)]).ShouldBe(Ms(rest));
    }

    [Theory]
    [InlineData(100, 600)]
    [InlineData(100, 250)]
    [InlineData(50, 100)]
    [InlineData(1000, 3000)]
    public void A_silence_counts_hardly_later_than_it_should(int beat, int suspectAfter)
    {
        var pace = new LookPace(Ms(beat), Ms(suspectAfter));
        for (var start = 0; start < (int)pace.Calm.TotalMilliseconds; start++)
        {
            // The silence is that old at a look, and everything was well before.
            var silence = Ms(start);
            while (silence < pace.SuspectAfter)
            {
                silence += pace.Rest(busy: false, calm: true, [silence]);
            }

            (silence - pace.SuspectAfter).ShouldBeLessThanOrEqualTo(LookPace.Fast, $"from {start} ms");
        }
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
