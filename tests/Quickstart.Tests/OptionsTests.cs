using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Faults.Sites;

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
    public void Without_options_all_ten_faults_are_exercised_once_those_of_two_sites_last() => Parsed().ShouldSatisfyAllConditions(
        options => options.Faults.ShouldBe(["process-crash", "host-crash", "freeze", "coordination-loss", "switchover", "agent-restart",
            "site-switchover", "link-cut", "site-disaster", "site-failback"]),
        options => options.Rounds.ShouldBe(1),
        options => options.Keep.ShouldBeFalse());

    [Fact]
    public void Only_keeps_the_order_of_the_catalogue() =>
        Parsed("--only", "site-failback,switchover,freeze,link-cut").Faults
            .ShouldBe([Freeze.Key, Switchover.Key, LinkCut.Key, SiteFailback.Key]);

    [Theory]
    [InlineData("--only", "flood")]
    [InlineData("--rounds", "0")]
    [InlineData("--rounds", "two")]
    [InlineData("--coordination-loss-seconds", "-1")]
    [InlineData("--link-cut-seconds", "3")]
    [InlineData("--loud", "yes")]
    public void What_is_wrong_is_named(string name, string value) => Problem(name, value).ShouldContain(name == "--only" ? value : name);

    [Fact]
    public void A_missing_value_is_named() => Problem("--rounds").ShouldContain("--rounds needs a value");

    [Fact]
    public void Every_fault_of_the_catalogue_can_be_made() =>
        FaultCatalogue.OfOneSite.Select(name => FaultCatalogue.Create(name, Parsed()).Name)
            .Concat(SiteFaultCatalogue.Names.Select(name => SiteFaultCatalogue.Create(name, Parsed()).Name)).ShouldBe(FaultCatalogue.Names);
}
