using System.Globalization;
using Holdfast.Verification.Rows;

namespace Holdfast.Verification.Tests.Verdicts;

/// <summary>A story is a list of looks: r or m (reference, other member), then the version and content seen, or - when the row was not there.</summary>
public sealed class RowCaseTests
{
    [Theory]
    // Equal in the end.
    [InlineData("r:1a m:1a", "Agrees")]
    [InlineData("r:- m:-", "Agrees")]
    [InlineData("r:1a m:2b r:2b", "Agrees")]
    [InlineData("r:1a m:- r:2b m:2b", "Agrees")]
    // The same content in another place is the same row.
    [InlineData("r:1a m:9a", "Agrees")]
    // One contradiction is not enough, two are.
    [InlineData("r:1a m:1b r:1a", "Open")]
    [InlineData("r:1a m:1b r:1a m:1b", "Differs")]
    [InlineData("r:1a m:- r:1a m:- r:1a", "Differs")]
    [InlineData("r:- m:1a r:- m:1a r:- m:1a", "Differs")]
    // The reference never stands still, but the other member does, at what the reference no longer has.
    [InlineData("r:1a m:7x r:2b m:7x r:3c m:7x", "Differs")]
    // Both move on all the time: nothing follows from that.
    [InlineData("r:1a m:2b r:3c m:4d r:5e m:6f r:7g", "Open")]
    [InlineData("r:- m:1a r:2b m:- r:3c m:4d r:-", "Open")]
    // A row that was deleted and is inserted again between the looks proves nothing either way.
    [InlineData("r:1a m:- r:2a m:- r:3a", "Open")]
    // After an interruption the looks before it do not count.
    [InlineData("r:1a m:1b ! r:1a m:1b", "Open")]
    [InlineData("r:1a m:1b r:1a ! r:1a m:1b r:1a", "Differs")]
    public void Looks_that_alternate_come_to_a_verdict(string story, string verdict)
    {
        var row = new RowCase();
        foreach (var word in story.Split(' '))
        {
            if (word == "!")
            {
                row.Interrupt();
            }
            else
            {
                row.Look(word[0] == 'r', Sight(word[2..]));
            }
        }

        row.Verdict.ToString().ShouldBe(verdict);
    }

    [Fact]
    public void A_row_that_never_stands_still_agrees_when_both_have_shown_one_version_with_the_same_content()
    {
        var row = new RowCase();
        row.Look(ofReference: true, Sight("1a"));
        row.Look(ofReference: false, Sight("2b"));
        row.Interrupt();
        foreach (var sight in new[] { "3c", "5e", "7g" })
        {
            row.Sample(ofReference: true, Sight(sight), 1);
        }

        row.Sample(ofReference: false, Sight("4d"), 1);
        row.Verdict.ShouldBe(RowVerdict.Open);
        row.Sample(ofReference: false, Sight("5x"), 1);
        row.Verdict.ShouldBe(RowVerdict.Open, "the same version with another content does not agree");
        row.Sample(ofReference: false, Sight("7g"), 1);
        row.Verdict.ShouldBe(RowVerdict.Agrees);
    }

    [Fact]
    public void What_the_reference_showed_before_its_last_look_does_not_excuse_what_the_other_shows_after_it()
    {
        var row = new RowCase();
        foreach (var (reference, other) in new[] { ("1a", "9z"), ("2b", "1a"), ("3c", "1a"), ("4d", "1a") })
        {
            row.Look(ofReference: true, Sight(reference));
            row.Look(ofReference: false, Sight(other));
        }

        row.Verdict.ShouldBe(RowVerdict.Differs);
    }

    [Fact]
    public void A_row_that_one_side_always_has_and_the_other_never_differs_although_it_never_stands_still()
    {
        var row = new RowCase();
        for (var look = 0; look < 20; look++)
        {
            row.Look(ofReference: true, Sight($"{look % 10}{(char)('a' + look)}"));
            row.Look(ofReference: false, Sight("-"));
        }

        row.Verdict.ShouldBe(RowVerdict.Open);
        row.Conclude();
        row.Verdict.ShouldBe(RowVerdict.Differs);
    }

    [Theory]
    // Gone by its own clock, or about to be.
    [InlineData("r:1a@1000 m:-@1000", "Agrees")]
    [InlineData("r:1a@1000 m:-@5000", "Agrees")]
    [InlineData("m:1a@1000 r:-@995", "Agrees")]
    // Gone long before its time: that is a row that is missing.
    [InlineData("r:1a@1000 m:-@900 r:1a@1000 m:-@901 r:1a@1000", "Differs")]
    // A few milliseconds are none, a second is.
    [InlineData("r:1a@1000 m:1a@1004", "Agrees")]
    [InlineData("r:1a@1000 m:1a@2000 r:1a@1000 m:1a@2000", "Differs")]
    [InlineData("r:1a@1000 m:1a r:1a@1000 m:1a", "Differs")]
    public void What_goes_away_by_itself_is_not_missing(string story, string verdict)
    {
        var row = new RowCase();
        foreach (var word in story.Split(' '))
        {
            var parts = word[2..].Split('@');
            long? number = parts.Length > 1 ? long.Parse(parts[1], CultureInfo.InvariantCulture) : null;
            row.Look(word[0] == 'r', parts[0] == "-" ? Sight("-") with { Clock = number } : Sight(parts[0]) with { Expires = number, Clock = 0 });
        }

        row.Verdict.ToString().ShouldBe(verdict);
    }

    private static RowSight Sight(string text) => text == "-" ? new RowSight(null, 0) : new RowSight(text[..1], text[1]);
}
