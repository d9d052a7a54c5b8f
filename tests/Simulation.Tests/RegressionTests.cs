namespace Holdfast.Simulation.Tests;

/// <summary>What failed once is replayed for ever.</summary>
public sealed class RegressionTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Regressions"), "*.txt").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void What_failed_once_does_not_fail_again(string file)
    {
        var scenario = ScenarioText.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Regressions", file)));
        new World(scenario).Run().ShouldBeNull();
    }

    [Theory]
    [InlineData("at 100 kill-everything a")]
    [InlineData("at soon kill-server a")]
    [InlineData("members many")]
    [InlineData("colour blue")]
    [InlineData("isolation fence")]
    [InlineData("second-site 12")]
    public void A_line_that_cannot_be_understood_is_named(string line)
    {
        Should.Throw<ScenarioException>(() => ScenarioText.Read($"members 3\n{line}\n")).Message.ShouldStartWith($"line 2: '{line}'");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_drawn_scenario_can_be_written_and_read(int sites)
    {
        var worlds = sites == 1 ? Worlds.OneSite : Worlds.TwoSites;
        for (var seed = 1; seed <= 200; seed++)
        {
            var text = ScenarioText.Write(Scenario.Of(seed, worlds));
            ScenarioText.Write(ScenarioText.Read(text)).ShouldBe(text);
        }
    }
}
