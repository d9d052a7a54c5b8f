using Holdfast.Agent.Heartbeats;

namespace Holdfast.Agent.Tests.Heartbeats;

public class SelfScoreTests
{
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(600);
    private readonly ManualTime _time = new();
    private readonly SelfScore _score;

    public SelfScoreTests() => _score = new SelfScore(_time, SuspectAfter);

    [Fact]
    public void A_punctual_agent_is_trustworthy_and_counts_silence_from_its_start()
    {
        var started = _time.GetTimestamp();
        for (var beat = 0; beat < 20; beat++)
        {
            Beat(SelfPart.Pacer, late: TimeSpan.FromMilliseconds(199));
            _score.IsTrustworthy(_time.GetTimestamp()).ShouldBeTrue();
        }

        _score.SilenceStartsAt(_time.GetTimestamp()).ShouldBe(started);
    }

    [Theory]
    [InlineData(SelfPart.Pacer)]
    [InlineData(SelfPart.MainLoop)]
    public void Late_by_more_than_a_third_of_suspect_after_accuses_nobody_for_suspect_after(SelfPart part)
    {
        Beat(part, late: TimeSpan.FromMilliseconds(201));
        var thawed = _time.GetTimestamp();

        _score.IsTrustworthy(thawed).ShouldBeFalse();
        _score.SilenceStartsAt(thawed).ShouldBe(thawed);
        _score.IsTrustworthy(_time.Advance(TimeSpan.FromMilliseconds(599))).ShouldBeFalse();
        _score.IsTrustworthy(_time.Advance(TimeSpan.FromMilliseconds(1))).ShouldBeTrue();
        _score.SilenceStartsAt(_time.GetTimestamp()).ShouldBe(thawed);
    }

    [Fact]
    public void After_a_freeze_whoever_looks_first_sees_it_even_before_the_late_part_ran()
    {
        _score.Due(SelfPart.Pacer, _time.GetTimestamp());
        var thawed = _time.Advance(TimeSpan.FromSeconds(30));

        _score.IsTrustworthy(thawed).ShouldBeFalse();
        _score.SilenceStartsAt(thawed).ShouldBe(thawed);
    }

    [Fact]
    public void A_long_collection_of_garbage_counts_and_a_short_one_does_not()
    {
        _score.Paused(TimeSpan.FromMilliseconds(200), _time.GetTimestamp());
        _score.IsTrustworthy(_time.GetTimestamp()).ShouldBeTrue();

        _score.Paused(TimeSpan.FromMilliseconds(201), _time.GetTimestamp());
        _score.IsTrustworthy(_time.GetTimestamp()).ShouldBeFalse();
    }

    [Fact]
    public void A_part_that_ran_and_named_no_new_time_owes_nothing()
    {
        _score.Due(SelfPart.MainLoop, _time.GetTimestamp());
        _score.Ran(SelfPart.MainLoop, _time.GetTimestamp());

        _score.IsTrustworthy(_time.Advance(TimeSpan.FromMinutes(5))).ShouldBeTrue();
    }

    [Fact]
    public void Being_early_is_no_credit_against_being_late()
    {
        Beat(SelfPart.Pacer, late: TimeSpan.FromMilliseconds(-90));
        Beat(SelfPart.Pacer, late: TimeSpan.FromMilliseconds(250));

        _score.IsTrustworthy(_time.GetTimestamp()).ShouldBeFalse();
    }

    private void Beat(SelfPart part, TimeSpan late)
    {
        var interval = TimeSpan.FromMilliseconds(100);
        _score.Due(part, _time.GetTimestamp() + (long)interval.TotalMicroseconds);
        _score.Ran(part, _time.Advance(interval + late));
    }
}
