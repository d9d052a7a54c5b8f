using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Failover;

/// <summary>Where a member's log stands against the record's lineage. Each row: lineage, the member's own history, and what is to be said.</summary>
public sealed class LineageTests
{
    [Theory]
    // On the one timeline there is.
    [InlineData("1:1@0/0", "1:0/700", "0/700", "", 1, "on, has all")]
    [InlineData("1:1@0/0", "2:0/700", "0/700", "2@0/500", 1, "diverged from 1:0/500")]
    // Behind a fork that is known: at it, before it, past it.
    [InlineData("1:1@0/0 2:2@0/500", "1:0/500", "0/500", "", 1, "on, has all")]
    [InlineData("1:1@0/0 2:2@0/500", "1:0/4F0", "0/4F0", "", 1, "on, lacks some")]
    [InlineData("1:1@0/0 2:2@0/500", "1:0/510", "0/510", "", 1, "diverged from 1:0/500")]
    // Flushed a part of a further record, whole records up to the fork only: it would go on at the fork.
    [InlineData("1:1@0/0 2:2@0/500", "1:0/50C", "0/500", "", 1, "on, has all")]
    // On the newest timeline, received under its epoch.
    [InlineData("1:1@0/0 2:2@0/500", "2:0/600", "0/600", "2@0/500", 2, "on, has all")]
    // The same numbers, received under an earlier epoch: another timeline of that number (two failed promotions).
    [InlineData("1:1@0/0 3:2@0/500", "2:0/600", "0/600", "2@0/500", 2, "diverged from 1:0/500")]
    // The same number, another fork.
    [InlineData("1:1@0/0 3:2@0/500", "2:0/600", "0/600", "2@0/4F0", 3, "diverged from 1:0/4F0")]
    [InlineData("1:1@0/0 3:2@0/500", "2:0/600", "0/600", "2@0/580", 3, "diverged from 1:0/500")]
    // Two epochs behind, in order.
    [InlineData("1:1@0/0 2:2@0/500 3:3@0/600", "1:0/4F0", "0/4F0", "", 1, "on, lacks some")]
    [InlineData("1:1@0/0 2:2@0/500 3:3@0/600", "1:0/500", "0/500", "", 1, "on, lacks some")]
    [InlineData("1:1@0/0 2:2@0/500 3:3@0/600", "2:0/600", "0/600", "2@0/500", 2, "on, has all")]
    // A fork that is still open: what was promised is the bound; to be equal is enough.
    [InlineData("1:1@0/0 2:?@0/500", "1:0/500", "0/500", "", 1, "on, has all")]
    [InlineData("1:1@0/0 2:?@0/500", "1:0/4FF", "0/4F0", "", 1, "on, lacks some")]
    [InlineData("1:1@0/0 2:?@0/500", "1:0/510", "0/510", "", 1, "diverged from 1:0/500")]
    [InlineData("1:1@0/0 2:?@0/500", "2:0/600", "0/600", "2@0/4F0", 2, "on, has all")]
    [InlineData("1:1@0/0 2:?@0/500", "2:0/600", "0/600", "2@0/4F0", 1, "diverged from 1:0/4F0")]
    [InlineData("1:1@0/0 2:?@0/500", "2:0/600", "0/600", "2@0/520", 2, "diverged from 1:0/500")]
    // Adopted data that had a history before Holdfast.
    [InlineData("1:3@0/0", "3:0/900", "0/900", "2@0/400 3@0/700", 1, "on, has all")]
    [InlineData("1:3@0/0 2:4@0/A00", "4:0/B00", "0/B00", "2@0/400 3@0/700 4@0/A00", 2, "on, has all")]
    [InlineData("1:3@0/0 2:4@0/A00", "3:0/900", "0/900", "2@0/400 3@0/700", 1, "on, lacks some")]
    // Never on the timeline that the lineage begins with: an older copy of adopted data.
    [InlineData("1:3@0/0", "2:0/600", "0/600", "2@0/400", 1, "diverged from 2:0/0")]
    [InlineData("1:3@0/0", "1:0/300", "0/300", "", 0, "diverged from 1:0/0")]
    // The base is a timeline that lies before the first fork the member knows of.
    [InlineData("1:1@0/0 2:2@0/500", "3:0/700", "0/700", "2@0/500 3@0/680", 2, "diverged from 2:0/680")]
    public void A_log_is_placed_against_the_lineage(string lineage, string flushed, string applied, string history, long logEpoch, string expected)
    {
        var standing = Lineage.Locate(Entries(lineage), Scenarios.Words.ParsePosition(flushed), Lsn.Parse(applied), History(history), logEpoch);
        (standing.OnLineage ? standing.HasAll ? "on, has all" : "on, lacks some" : $"diverged from {standing.DivergedFrom}").ShouldBe(expected);
    }

    [Theory]
    // Elected on the newest timeline.
    [InlineData("1:1@0/0", 1, "", 2, "0/500", "1:1@0/0 2:?@0/500")]
    [InlineData("1:1@0/0 2:2@0/500", 2, "2@0/500", 3, "0/600", "1:1@0/0 2:2@0/500 3:?@0/600")]
    // The fork that was open is closed by what the new primary followed …
    [InlineData("1:1@0/0 2:?@0/500", 2, "2@0/4F0", 3, "0/600", "1:1@0/0 2:2@0/4F0 3:?@0/600")]
    // … or was never followed by it: the epoch leaves no trace, and its timeline's number may be given again.
    [InlineData("1:1@0/0 2:?@0/500", 1, "", 3, "0/500", "1:1@0/0 3:?@0/500")]
    [InlineData("1:1@0/0 2:2@0/500", 1, "", 3, "0/500", "1:1@0/0 3:?@0/500")]
    [InlineData("1:1@0/0 2:2@0/500 3:3@0/600", 1, "", 4, "0/480", "1:1@0/0 4:?@0/480")]
    public void The_lineage_is_handed_on_as_the_new_primary_followed_it(string lineage, uint timeline, string history, long epoch, string promised, string expected) =>
        string.Join(" ", Lineage.Extend(Entries(lineage), timeline, History(history), epoch, Lsn.Parse(promised))).ShouldBe(expected);

    [Theory]
    [InlineData("1:1@0/0 2:2@0/500", "1:0/500", 2, "1:0/500")]
    [InlineData("1:1@0/0 2:2@0/500 3:3@0/600", "1:0/500", 2, "1:0/500")]
    [InlineData("1:1@0/0 3:2@0/400", "1:0/500", 2, "1:0/400")]
    [InlineData("1:1@0/0 2:2@0/300 3:3@0/400", "2:0/500", 2, "2:0/400")]
    public void A_divergence_is_taken_from_where_the_newer_history_left(string lineage, string from, long judgedUnder, string expected) =>
        Lineage.Reconsider(Entries(lineage), Scenarios.Words.ParsePosition(from), judgedUnder).ToString().ShouldBe(expected);

    [Fact]
    public void What_follows_a_member_that_took_over_at_the_very_fork_is_on_the_lineage_although_the_number_is_given_twice()
    {
        // b took over at 0/500 (epoch 2, timeline 2) and died; c, which had just that, took over (epoch 3) and gave the number 2 again.
        var lineage = Lineage.Extend(Entries("1:1@0/0 2:2@0/500"), 1, [], 3, Lsn.Parse("0/500"));
        var known = lineage.SetItem(lineage.Length - 1, lineage[^1] with { Timeline = 2 });
        Lineage.Locate(known, new LogPosition(2, Lsn.Parse("0/600")), Lsn.Parse("0/600"), History("2@0/500"), 3).OnLineage.ShouldBeTrue("c's follower");
        Lineage.Locate(known, new LogPosition(2, Lsn.Parse("0/600")), Lsn.Parse("0/600"), History("2@0/500"), 2).OnLineage.ShouldBeFalse("b itself");
    }

    private static ImmutableArray<LineageEntry> Entries(string text) =>
    [
        .. text.Split(' ').Select(word => word.Split(':', '@')).Select(parts =>
            new LineageEntry(long.Parse(parts[0]), parts[1] == "?" ? null : uint.Parse(parts[1]), Lsn.Parse(parts[2]))),
    ];

    private static ImmutableArray<TimelineStart> History(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('@')).Select(parts => new TimelineStart(uint.Parse(parts[0]), Lsn.Parse(parts[1]))),
    ];
}
