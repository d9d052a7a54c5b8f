using Holdfast.Quickstart.Faults;

namespace Holdfast.Quickstart.Tests;

public class OptionsTests
{
    private static Options Parsed(params string[] arguments)
    {
        Options.TryParse(["--folder", "/f", "--command", "/c", .. arguments], out var options, out var problem).ShouldBeTrue(problem);
        return options!;
    }

    private static string Problem(params string[] arguments)
    {
        Options.TryParse(["--folder", "/f", "--command", "/c", .. arguments], out _, out var problem).ShouldBeFalse();
        return problem!;
    }

    [Fact]
    public void Without_options_all_six_faults_are_exercised_once() => Parsed().ShouldSatisfyAllConditions(
        options => options.Faults.ShouldBe(["process-crash", "host-crash", "freeze", "coordination-loss", "switchover", "agent-restart"]),
        options => options.Rounds.ShouldBe(1),
        options => options.Keep.ShouldBeFalse());

    [Fact]
    public void Only_keeps_the_order_of_the_catalogue() =>
        Parsed("--only", "switchover,freeze").Faults.ShouldBe([Freeze.Key, Switchover.Key]);

    [Theory]
    [InlineData("--only", "flood")]
    [InlineData("--rounds", "0")]
    [InlineData("--rounds", "two")]
    [InlineData("--coordination-loss-seconds", "-1")]
    [InlineData("--loud", "yes")]
    public void What_is_wrong_is_named(string name, string value) => Problem(name, value).ShouldContain(name == "--only" ? value : name);

    [Fact]
    public void A_missing_value_is_named() => Problem("--rounds").ShouldContain("--rounds needs a value");

    [Fact]
    public void Every_fault_of_the_catalogue_can_be_made() =>
        FaultCatalogue.Names.ShouldAllBe(name => FaultCatalogue.Create(name, Parsed()).Name == name);
}
