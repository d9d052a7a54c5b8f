namespace Holdfast.FailoverBench.Tests;

public class OptionsTests
{
    private static Options Parsed(params string[] arguments)
    {
        Options.TryParse(["--folder", "/f", "--command", "/c", .. arguments], out var options, out var problem).ShouldBeTrue(problem);
        return options!;
    }

    [Fact]
    public void Without_options_everything_is_measured_ten_times() => Parsed().ShouldSatisfyAllConditions(
        options => options.Systems.ShouldBe(
            ["postgresql", "holdfast", "holdfast-gate", "patroni", "patroni-tight", "auto-failover", "auto-failover-tight"]),
        options => options.Faults.ShouldBe(["process-crash", "host-crash", "freeze", "switchover"]),
        options => options.Rounds.ShouldBe(10),
        options => options.Load.ShouldBe(TimeSpan.Zero));

    [Fact]
    public void Systems_keep_the_order_of_the_catalogue() =>
        Parsed("--systems", "patroni,holdfast").Systems.ShouldBe(["holdfast", "patroni"]);

    [Fact]
    public void None_is_no_fault() => Parsed("--faults", "none").Faults.ShouldBeEmpty();

    [Theory]
    [InlineData("--systems", "repmgr")]
    [InlineData("--faults", "flood")]
    [InlineData("--faults", "")]
    [InlineData("--rounds", "0")]
    [InlineData("--idle-seconds", "-1")]
    [InlineData("--load-minutes", "0")]
    [InlineData("--computing", "-1")]
    [InlineData("--loud", "yes")]
    public void What_is_wrong_is_named(string name, string value)
    {
        Options.TryParse(["--folder", "/f", "--command", "/c", name, value], out _, out var problem).ShouldBeFalse();
        problem!.ShouldContain(name);
        problem.ShouldContain(name == "--loud" ? name : value);
    }
}
