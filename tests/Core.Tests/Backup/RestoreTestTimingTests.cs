using System.Collections.Immutable;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Backup;

public class RestoreTestTimingTests
{
    private const ulong Piece = 16 << 20;
    // A Monday, 13:30.
    private const long Now = 1_795_440_600;
    private static readonly RestoreTestSpec Daily = new()
    {
        Directory = "/x",
        Schedule = CronSchedule.Parse("0 5 * * *", out _),
        AlarmAfter = TimeSpan.FromHours(30),
    };

    [Theory]
    [InlineData("a*,b,c", "b")]
    [InlineData("a*,b-,c", "c")]
    [InlineData("a*,b-", "a")]
    [InlineData("a*-,b-", null)]
    public void A_standby_that_is_well_makes_it_or_else_the_primary(string members, string? runner) =>
        RestoreTestTiming.Runner(Members(members)).ShouldBe(runner);

    [Theory]
    // Hours since the last one; at 5 o'clock one was due.
    [InlineData(9.0, true, "b", true)]
    [InlineData(9.0, true, "c", false)]
    [InlineData(8.0, true, "b", false)]
    [InlineData(8.0, false, "b", true)]
    [InlineData(0.1, false, "b", false)]
    public void It_is_due_when_its_time_has_come_since_the_last_or_that_could_not_be_made(double hours, bool made, string me, bool due) =>
        RestoreTestTiming.Decide(View(me, Record(hours, made ? null : "no room"))).Due.ShouldBe(due);

    [Fact]
    public void The_first_waits_for_its_time_and_none_is_made_beside_another_or_without_a_schedule()
    {
        RestoreTestTiming.Decide(View("b", null)).Due.ShouldBeTrue();
        RestoreTestTiming.Decide(View("b", null) with { Since = Now - 60 }).Due.ShouldBeFalse();
        RestoreTestTiming.Decide(View("b", null) with { RunningAt = "c" }).ShouldBe((false, "c makes one"));
        RestoreTestTiming.Decide(View("b", null) with { Spec = Daily with { Schedule = null } }).Due.ShouldBeFalse();
    }

    [Theory]
    [InlineData(29.0, true, null)]
    [InlineData(31.0, true, "too long ago")]
    [InlineData(1.0, false, "assertion rows failed, restored to latest: it brought false")]
    public void What_failed_or_is_too_old_is_an_alarm(double hours, bool ok, string? says)
    {
        var alarm = RestoreTestTiming.Alarm(Daily, Now, Record(hours, null, ok), null);
        (alarm is null).ShouldBe(says is null, alarm);
        alarm?.ShouldContain(says!);
    }

    [Fact]
    public void Without_any_success_the_first_backup_counts_and_a_later_failure_does_not_make_a_success_forgotten()
    {
        RestoreTestTiming.Alarm(Daily, Now, null, null).ShouldBeNull();
        RestoreTestTiming.Alarm(Daily, Now, null, Now - 3600).ShouldBeNull();
        RestoreTestTiming.Alarm(Daily, Now, null, Now - (31 * 3600)).ShouldNotBeNull();
        var good = Record(20, null);
        var after = RestoreTestRecord.After(good, Record(1, "no room").Last);
        (after.LastOkAt, after.LastOkSeconds, after.Last.Problem).ShouldBe((good.LastOkAt, 7.0, "no room"));
    }

    [Fact]
    public void The_past_moment_is_a_place_that_can_be_restored_and_the_same_for_the_same_seed()
    {
        var restorable = new Restorable(
            [
                new RestorableWindow(1, new Lsn((2 * Piece) + 100), 2, new Lsn(5 * Piece), 1, ["one"]),
                new RestorableWindow(3, new Lsn((8 * Piece) + 7), null, new Lsn(9 * Piece), 1, ["nothing after it"]),
                new RestorableWindow(3, new Lsn((20 * Piece) + 7), 4, new Lsn(22 * Piece), 1, ["two"]),
            ],
            [], [], IsCutOff: false);
        var chosen = Enumerable.Range(0, 500).Select(seed => RestoreTestAim.Choose(restorable, Piece, seed)!.Value.Value).ToList();

        // The last piece of a window is left out: nothing that comes after is certain to be there.
        chosen.ShouldAllBe(place => (place >= (2 * Piece) + 100 && place < 4 * Piece) || (place >= (20 * Piece) + 7 && place < 21 * Piece));
        (chosen.Any(place => place < 5 * Piece), chosen.Any(place => place > 5 * Piece), chosen.Distinct().Count() > 490).ShouldBe((true, true, true));
        RestoreTestAim.Choose(restorable, Piece, 7).ShouldBe(RestoreTestAim.Choose(restorable, Piece, 7));
        RestoreTestAim.Choose(new Restorable([restorable.Windows[1]], [], [], IsCutOff: false), Piece, 7).ShouldBeNull();
    }

    private static RestoreTestView View(string me, RestoreTestRecord? record) => new()
    {
        Spec = Daily,
        Now = Now,
        Since = Now - (24 * 3600),
        Me = me,
        Members = Members("a*,b,c"),
        Record = record,
    };

    private static ImmutableArray<TestCandidate> Members(string text) =>
        [.. text.Split(',').Select(word => new TestCandidate(word[..1], word.Contains('*'), !word.Contains('-')))];

    private static RestoreTestRecord Record(double hours, string? problem, bool ok = true)
    {
        ImmutableArray<RestoreCheck> checks =
        [
            new("restore", CheckOutcome.Passed, "", 4), new("recovery", CheckOutcome.Passed, "", 3),
            new("assertion rows", ok ? CheckOutcome.Passed : CheckOutcome.Failed, ok ? "true" : "it brought false", 1),
        ];
        return RestoreTestRecord.After(null, new RestoreTestResult(
            "1", "orders", "fra", "b", Now - (long)(hours * 3600), 10, 7, problem, [new RestoredMoment("latest", 1, null, null, checks)]));
    }
}
