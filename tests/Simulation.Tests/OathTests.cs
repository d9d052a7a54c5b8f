using System.Globalization;
using Holdfast.Simulation.Defects;

namespace Holdfast.Simulation.Tests;

/// <summary>The oath holds in every run of the real agents, whatever happens in whatever order.</summary>
public sealed class OathTests(ITestOutputHelper output)
{
    /// <summary>Looks longer at fresh seeds: so many seconds at each kind of world.</summary>
    private const string SecondsVariable = "HOLDFAST_SIM_SECONDS";

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(1, 30)]
    [InlineData(2, 15)]
    public void The_oath_holds_in_fresh_runs(int sites, int seconds)
    {
        var worlds = sites == 1 ? Worlds.OneSite : Worlds.TwoSites;
        var seed = Random.Shared.Next(1, int.MaxValue / 2);
        var search = new Search(worlds: worlds);
        if (Environment.GetEnvironmentVariable(SecondsVariable) is { } wanted)
        {
            seconds = int.Parse(wanted, CultureInfo.InvariantCulture);
        }

        var found = search.Run(seed, TimeSpan.FromSeconds(seconds), jobs: 1, stop: TestContext.Current.CancellationToken);

        output.WriteLine($"seeds from {seed} on: {search.Totals.Runs} runs, {search.Totals.Failovers} changes of primary, {search.Totals.SiteMoves} of the site");
        if (found is not null)
        {
            var (small, violation) = new Shrinker(Defect.None).Shrink(found.Scenario, found.Violation);
            Assert.Fail($"seed {found.Seed}: {violation}; a scenario for tests/Simulation.Tests/Regressions:\n{ScenarioText.Write(small)}");
        }

        search.Totals.Failovers.ShouldBeGreaterThan(search.Totals.Runs / 2, "the runs are too peaceful to prove anything");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_gives_the_same_run(int sites)
    {
        var worlds = sites == 1 ? Worlds.OneSite : Worlds.TwoSites;
        for (var seed = 1; seed <= 4; seed++)
        {
            var first = new World(Scenario.Of(seed, worlds), traced: true);
            var second = new World(Scenario.Of(seed, worlds), traced: true);
            first.Run().ShouldBe(second.Run());
            second.Trace.ShouldBe(first.Trace);
            first.Trace.Count.ShouldBeGreaterThan(50);
        }
    }

    [Fact]
    public void A_failing_run_is_made_smaller_and_its_file_replays_it()
    {
        var defect = PlantedDefect.All.Single(planted => planted.What == "one promise is enough").Defect;
        var found = new Search(defect, Worlds.OneSite).Run(1, TimeSpan.FromMinutes(1), jobs: 1, stop: TestContext.Current.CancellationToken)!;

        var (small, violation) = new Shrinker(defect).Shrink(found.Scenario, found.Violation);

        small.Faults.Length.ShouldBeLessThan(found.Scenario.Faults.Length);
        output.WriteLine(ScenarioText.Write(small));
        new World(ScenarioText.Read(ScenarioText.Write(small)), defect).Run().ShouldBe(violation);
        new World(small).Run().ShouldBeNull("without the defect the same scenario harms nobody");
    }
}
