using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void Options_are_read()
    {
        var options = LabOptions.Parse(["--minutes", "2.5", "--seed", "42", "--only", "host-crash,pair-cut", "--json", "x.json", "my.yaml"]);

        (options.Limit, options.Seed, options.File, options.Json).ShouldBe((TimeSpan.FromMinutes(2.5), 42, "my.yaml", "x.json"));
        options.Only.ShouldBe([FaultKind.HostCrash, FaultKind.PairCut]);
        options.Again(7).ShouldBe("./lab --seed 42 --faults 7 --only host-crash,pair-cut my.yaml");
    }

    [Fact]
    public void A_number_of_faults_is_not_cut_short_by_the_default_of_minutes()
    {
        LabOptions.Parse(["--faults", "3"]).Limit.ShouldBeGreaterThan(TimeSpan.FromDays(1));
        LabOptions.Parse(["--faults", "3", "--minutes", "1"]).Limit.ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("'--fast' is not an option", "--fast")]
    [InlineData("--seed needs a value", "--seed")]
    [InlineData("--minutes takes a number above 0, not 'ten'", "--minutes", "ten")]
    [InlineData("'meteor' is not a kind of fault; the kinds are: process-crash", "--only", "meteor")]
    [InlineData("one file at a time", "a.yaml", "b.yaml")]
    public void A_wrong_command_line_is_refused_in_a_line(string message, params string[] arguments) =>
        Should.Throw<LabException>(() => LabOptions.Parse(arguments)).Message.ShouldStartWith(message);
}
