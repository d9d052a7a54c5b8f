using Holdfast.Core.Sites;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Oath;

namespace Holdfast.Simulation.Tests;

/// <summary>Two sites and a witness, with the real agents: what one thing that goes wrong, or is asked for, comes to.</summary>
public sealed class TwoSitesTests(ITestOutputHelper output)
{
    private const string Healthy = "members 3\nsecond-site 2\nnoise 5\ncalm-from 12000\n";

    [Fact]
    public void A_switchover_moves_the_store_and_loses_nothing()
    {
        var (world, oath) = Run($"{Healthy}at 3000 site-switchover passive\n");
        world.Active.Name.ShouldBe("ber");
        (oath.Takings, oath.SiteFailovers, oath.LostCommits).ShouldBe((1, 0, 0));
    }

    [Fact]
    public void A_site_that_is_lost_is_taken_over_by_itself_where_that_is_declared()
    {
        var (world, oath) = Run($"{Healthy}site-failover automatic\nat 3000 lose-site active for 9000\n");
        world.Active.Name.ShouldBe("ber");
        oath.SiteFailovers.ShouldBe(1);
    }

    [Fact]
    public void A_cut_link_moves_nothing_when_both_see_the_witness()
    {
        var (world, oath) = Run($"{Healthy}at 3000 cut-link for 8000\n");
        world.Active.Name.ShouldBe("fra");
        oath.Takings.ShouldBe(0);
    }

    [Theory]
    [InlineData("isolation continue")]
    [InlineData("site-failover manual")]
    public void Where_an_operator_decides_the_status_says_what_and_that_helps(string policy)
    {
        var (world, oath) = Run($"{Healthy}{policy}\nat 3000 lose-site active\n");
        world.Active.Name.ShouldBe("ber");
        world.Attendant.Decisions.ShouldBe(1);
        oath.SiteFailovers.ShouldBe(1);
    }

    [Theory]
    [InlineData("MOVE.prepare")]
    [InlineData("MOVE.stopped")]
    [InlineData("MOVE.take")]
    [InlineData("MOVE.promoted")]
    [InlineData("MOVE.finish")]
    public void An_agent_that_is_killed_at_a_step_of_a_move_is_no_end_of_it(string duty)
    {
        foreach (var after in new[] { "", " by 4" })
        {
            var (world, oath) = Run($"{Healthy}at 2900 kill-at-duty with {duty}{after}\nat 3000 site-switchover passive\n");
            world.Active.Name.ShouldBe("ber");
            oath.LostCommits.ShouldBe(0);
            oath.RulesFired.ShouldContain(duty);
            world.Global!.Truth.Move!.State.ShouldBe(MoveState.Done);
        }
    }

    [Fact]
    public void A_failing_run_of_two_sites_is_made_smaller_and_its_file_replays_it()
    {
        var planted = PlantedDefect.All.First(planted => planted.What == "the store is taken before everything has come");
        var found = new Search(planted.Defect, Worlds.TwoSites)
            .Run(planted.FirstSeed, TimeSpan.FromMinutes(1), jobs: 1, stop: TestContext.Current.CancellationToken)!;

        var (small, violation) = new Shrinker(planted.Defect, mostRuns: 60).Shrink(found.Scenario, found.Violation);

        output.WriteLine(ScenarioText.Write(small));
        small.Faults.Length.ShouldBeLessThan(found.Scenario.Faults.Length);
        new World(ScenarioText.Read(ScenarioText.Write(small)), planted.Defect).Run().ShouldBe(violation);
    }

    private (World World, SitesOath Oath) Run(string scenario)
    {
        var world = new World(ScenarioText.Read(scenario), traced: true);
        var violation = world.Run();
        output.WriteLine(string.Join('\n', world.Trace.TakeLast(40)));
        violation.ShouldBeNull();
        return (world, (SitesOath)world.Oath);
    }
}
