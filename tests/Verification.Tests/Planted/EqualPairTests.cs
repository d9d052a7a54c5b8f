using Holdfast.Verification.Results;
using Holdfast.Verification.Tests.Servers;

namespace Holdfast.Verification.Tests.Planted;

[Trait("Speed", "Slow")]
public sealed class EqualPairTests
{
    [Fact]
    public async Task A_primary_and_its_standby_are_equal_over_several_databases()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync("create table a (id int primary key, t text); insert into a select g, md5(g::text) from generate_series(1, 20000) g");
        await primary.ExecuteAsync("create database other");
        await primary.ExecuteAsync("create table b (x text); insert into b select md5((g % 100)::text) from generate_series(1, 5000) g; create unlogged table u (i int)", "other");
        var standby = await lab.StandbyAsync(primary);
        await primary.ReplayedAsync(standby);
        var result = await Lab.VerifyAsync(standby, primary);
        result.Differences.ShouldBeEmpty();
        result.Undecided.ShouldBeEmpty();
        result.Verdict.ShouldBe(VerifyVerdict.Equal);
        result.Reference.ShouldBe("p");
        result.Rows.ShouldBe(25_000);
        result.LeftOut.ShouldBe(["other: public.u: unlogged, so not replicated"]);
    }

    [Fact]
    public async Task A_primary_that_has_become_a_standby_by_a_planned_move_still_has_its_sequences_right()
    {
        await using var lab = new Lab();
        var old = await lab.PrimaryAsync();
        await old.ExecuteAsync("create sequence numbers; create sequence falling increment -3; create sequence kept cache 20; create sequence untouched");
        var successor = await lab.StandbyAsync(old);
        await old.ExecuteAsync(
            "select nextval('numbers') from generate_series(1, 2); select nextval('falling') from generate_series(1, 2); select nextval('kept')");
        await old.StopAsync();
        await successor.PromoteAsync();
        await old.FollowAsync(successor);
        await successor.ReplayedAsync(old);

        // What it gave out itself against what it had logged: that is how a false alarm came about.
        const string State = "select last_value || '/' || log_cnt from numbers";
        (await old.AskAsync(State)).ShouldBe("2/31");
        (await successor.AskAsync(State)).ShouldBe("33/0");
        var result = await Lab.VerifyAsync(successor, old);
        Lab.Found(result).ShouldBeEmpty();
        result.Verdict.ShouldBe(VerifyVerdict.Equal);
        result.Sequences.ShouldBe(4);
        result.Reference.ShouldBe("s");
    }
}
