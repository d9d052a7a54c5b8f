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
}
