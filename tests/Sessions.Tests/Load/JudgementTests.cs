using Holdfast.Sessions.Load;

namespace Holdfast.Sessions.Tests.Load;

/// <summary>Each judgement is seen to be made, and each fault to fail the run.</summary>
public class JudgementTests
{
    private static readonly TimeSpan MayLose = TimeSpan.FromSeconds(3);

    [Fact]
    public void Going_on_is_well_and_a_click_without_an_answer_may_count_or_not()
    {
        var judge = SignedIn();
        judge.Answered("me", 1, At(1), At(2)).Finding.ShouldBe(Finding.Well);
        judge.Unanswered();
        judge.Answered("me", 3, At(5), At(6)).Finding.ShouldBe(Finding.Well);
        judge.Unanswered();
        judge.Answered("me", 4, At(7), At(8)).Finding.ShouldBe(Finding.Well);
    }

    [Fact]
    public void A_step_back_tells_how_many_are_lost_and_how_old_the_oldest_was_when_the_next_click_was_sent()
    {
        var judge = SignedIn();
        for (var click = 1; click <= 5; click++)
        {
            judge.Answered("me", click, At(click), At(click + 0.5)).Finding.ShouldBe(Finding.Well);
        }

        // 4 and 5 are gone: the store had 3, and this click made 4 of it. 4 was acknowledged at 4.5.
        judge.Answered("me", 4, At(6), At(9)).ShouldBe(new Judgement(Finding.SteppedBack, 2, At(1.5)));
        judge.Answered("me", 5, At(10), At(10)).Finding.ShouldBe(Finding.Well);
        judge.Answered("me", 1, At(11), At(11)).Lost.ShouldBe(5);
        judge.Answered("me", 1, At(12), At(12)).ShouldBe(new Judgement(Finding.SteppedBack, 1, At(1)));
    }

    [Fact]
    public void Another_user_and_a_counter_that_jumps_are_seen()
    {
        var judge = SignedIn();
        judge.Answered("you", 1, At(1), At(1)).Finding.ShouldBe(Finding.AsAnother);
        judge.Answered("me", 3, At(1), At(1)).Finding.ShouldBe(Finding.Jumped);
    }

    [Fact]
    public void Each_fault_fails_the_run_and_a_small_loss_does_not_where_it_is_allowed()
    {
        var good = new LoadReport { Users = 2, Instances = 1, Requests = 10 };
        good.Faults.ShouldBeEmpty();
        good.Text().ShouldEndWith("nobody was logged out\n");
        (good with { Requests = 0 }).Faults.ShouldBe(["nobody clicked"]);
        (good with { LoggedOut = 1 }).Faults.ShouldBe(["1 of 2 users were logged out"]);
        (good with { AsAnother = 1 }).Faults.ShouldHaveSingleItem();
        (good with { Errors = 1 }).Faults.ShouldHaveSingleItem();
        var back = good with { StepsBack = 1, ChangesLost = 2, OldestLost = At(2) };
        back.Faults.ShouldBe(["2 acknowledged changes are gone, the oldest 2.00 s old"]);
        (back with { MayLose = MayLose }).Faults.ShouldBeEmpty();
        back.Text().ShouldContain("steps back     1: 2 changes lost, the oldest 2.00 s old");
    }

    [Fact]
    public void The_tally_counts_users_once_and_times_each()
    {
        var tally = new Tally();
        tally.LoggedOut("a");
        tally.LoggedOut("a");
        tally.LoggedOut("b");
        tally.Took(At(2));
        tally.Took(At(1));
        tally.Failed("x");
        tally.Judged(new Judgement(Finding.SteppedBack, 2, At(1)));
        tally.Judged(new Judgement(Finding.SteppedBack, 1, At(3)));
        tally.Judged(new Judgement(Finding.Jumped));
        var sum = tally.Sum;
        (sum.LoggedOut, sum.TimesLoggedOut, sum.Requests, sum.Errors, sum.StepsBack, sum.ChangesLost).ShouldBe((2, 3, 2, 2, 2, 3));
        (sum.LongestPause, sum.OldestLost).ShouldBe((At(2), At(3)));
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("14d", 14 * 86_400)]
    public void Durations_are_read(string text, double seconds) =>
        new Arguments(["--pace", text], ["--pace"]).Duration("--pace", default).TotalSeconds.ShouldBe(seconds);

    [Theory]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    public void What_is_no_duration_is_refused(string text) =>
        Should.Throw<UsageException>(() => new Arguments(["--pace", text], ["--pace"]).Duration("--pace", default));

    [Fact]
    public void An_unknown_option_is_refused() =>
        Should.Throw<UsageException>(() => new Arguments(["--store-password", "x"], ["--store"])).Message.ShouldContain("--store");

    private static ClickJudge SignedIn()
    {
        var judge = new ClickJudge("me");
        judge.SignedIn(TimeSpan.Zero);
        return judge;
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
