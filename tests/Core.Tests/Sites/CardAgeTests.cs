using Holdfast.Core.Sites;

namespace Holdfast.Core.Tests.Sites;

/// <summary>One card a second, each seen as soon as it is made unless told otherwise.</summary>
public class CardAgeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private TimeSpan _now = TimeSpan.FromSeconds(1000);
    private CardAge? _age;
    private long _beat;

    [Fact]
    public void A_card_that_comes_late_was_made_when_its_maker_says()
    {
        Cards(10, ahead: TimeSpan.Zero);
        See(made: _now - (Second * 3), ahead: TimeSpan.Zero);
        _age!.Made.ShouldBe(_now - (Second * 3));
    }

    [Fact]
    public void After_the_makers_clock_was_set_back_its_cards_count_as_old_until_many_in_a_row_have_been_seen()
    {
        Cards(10, ahead: TimeSpan.Zero);
        Cards(30, ahead: -Second * 8);
        _age!.Made.ShouldBe(_now - (Second * 8));
        Cards(40, ahead: -Second * 8);
        _age!.Made.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(_now - Second);
        See(made: _now - (Second * 3), ahead: -Second * 8);
        _age!.Made.ShouldBe(_now - (Second * 3));
    }

    [Fact]
    public void One_card_in_time_among_those_that_are_late_shows_that_the_clock_is_as_it_was()
    {
        Cards(10, ahead: TimeSpan.Zero);
        for (var i = 0; i < 10; i++)
        {
            for (var late = 0; late < 20; late++)
            {
                _now += Second;
                See(made: _now - (Second * 2), ahead: TimeSpan.Zero);
            }

            Cards(1, ahead: TimeSpan.Zero);
        }

        See(made: _now - (Second * 2), ahead: TimeSpan.Zero);
        _age!.Made.ShouldBe(_now - (Second * 2));
    }

    private void Cards(int count, TimeSpan ahead)
    {
        for (var i = 0; i < count; i++)
        {
            _now += Second;
            See(made: _now, ahead);
        }
    }

    /// <param name="ahead">Of the maker's clock before the one here.</param>
    private void See(TimeSpan made, TimeSpan ahead) =>
        _age = CardAge.Note(
            _age,
            new SiteCard { Site = "fra", Epoch = 1, Leader = "a", Serving = true, Clock = (long)(made + ahead).TotalMilliseconds, Beat = ++_beat },
            _now, looked: _now - TimeSpan.FromMilliseconds(100), confirmed: _now - TimeSpan.FromMilliseconds(50));
}
