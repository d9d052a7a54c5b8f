using System.Text.Json;
using Holdfast.Agent.Api;

namespace Holdfast.Cli.Tests.Sites;

public sealed class SiteHistoryTests
{
    [Fact]
    public async Task Moves_between_sites_come_first_then_the_changes_of_primary_at_the_active_site()
    {
        await using var sites = await StartAsync();
        var run = await sites.Shell.RunAsync("history");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldMatch("2026-11-01 03:12:00 +failover +fra → ber +done +- +ana@control-1\n +ber is active\n");
        run.Out.ShouldMatch("switchover +fra → ber +done +430 ms");
        run.Out.ShouldContain("birth");
        run.Out.ShouldNotContain("power cut");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        (await sites.Shell.RunAsync("history --sites")).Out.ShouldNotContain("birth");
        (await sites.Shell.RunAsync("history --site ber")).Out.ShouldContain("orders at ber: no change of primary is recorded yet");
    }

    [Fact]
    public async Task On_demand_each_move_has_its_steps_and_the_operators_statement()
    {
        await using var sites = await StartAsync();
        var run = await sites.Shell.RunAsync("history --sites --steps -n 1");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Out.ShouldContain("fenced, by the operator's word: power cut at 03:12 by Ana");
        run.Out.ShouldContain("a loss above the RPO was accepted (--accept-data-loss)");
        run.Out.ShouldMatch("\n  promote +done +440 ms  orders-ber-1 is primary of epoch 1000001\n");
        run.Out.ShouldNotContain("switchover");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task JSON_of_the_moves_is_the_agents_array_and_of_the_rest_stays_what_it_was()
    {
        await using var sites = await StartAsync();
        var moves = JsonSerializer.Deserialize((await sites.Shell.RunAsync("history --sites --json")).Out, ApiJson.Default.SiteMoveStatusArray)!;
        moves.Select(move => move.Id).ShouldBe(["m-2", "m-1"]);
        moves[0].Fenced.ShouldBe("power cut at 03:12 by Ana");
        var changes = JsonSerializer.Deserialize((await sites.Shell.RunAsync("history --json")).Out, ApiJson.Default.HistoryEntryArray)!;
        changes.Select(change => change.Kind).ShouldBe(["birth"]);
    }

    [Fact]
    public async Task Any_agent_of_either_site_can_tell_and_without_one_that_is_said()
    {
        await using var sites = await StartAsync("orders-fra-1", "orders-fra-2", "orders-fra-3");
        (await sites.Shell.RunAsync("history --sites")).Out.ShouldContain("switchover");
        await using var nobody = await StartAsync([.. sites.Controls.Keys]);
        var run = await nobody.Shell.RunAsync("history --sites");
        (run.Code, run.Error).ShouldBe((1, "holdfast: no agent of orders answers at either site; start one: holdfast agent --member NAME\n"));

        await using var group = await RunningGroup.StartAsync();
        (await group.Shell.RunAsync("history --sites")).Error.ShouldBe("holdfast: orders has one site only: there are no moves between sites\n");
    }

    [Fact]
    public async Task The_first_epoch_under_a_site_epoch_is_a_move_from_the_other_site()
    {
        await using var sites = await StartAsync();
        foreach (var control in sites.Controls.Values)
        {
            control.History =
            [
                new HistoryEntry { Epoch = 1_000_002, Kind = "failover", From = "orders-fra-1", To = "orders-fra-2", Rule = "R3", Reason = "silent" },
                new HistoryEntry { Epoch = 1_000_001, Kind = "failover", To = "orders-fra-1", Rule = "R3.promote", Reason = "finished by a restarted agent" },
                new HistoryEntry { Epoch = 1, Kind = "birth", To = "orders-fra-3", Rule = "R0", Reason = "no record" },
            ];
        }

        var run = await sites.Shell.RunAsync("history");
        run.Out.ShouldMatch("1000001 +site move +ber → orders-fra-1 ");
        run.Out.ShouldNotContain("restarted agent");
        run.Out.ShouldMatch("1000002 +failover +orders-fra-1 → orders-fra-2 ");
        run.Out.ShouldMatch(" 1 +birth +orders-fra-3 ");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        (await sites.Shell.RunAsync("history --json")).Out.ShouldContain("\"kind\":\"failover\"");
    }

    private static async Task<RunningSites> StartAsync(params string[] without)
    {
        var sites = await RunningSites.StartAsync(null, without);
        foreach (var control in sites.Controls.Values)
        {
            control.SiteMoves = [SampleMoves.Failover, SampleMoves.Switchover];
            control.History = control.Member.Site == "ber" ? [] : [new HistoryEntry { Epoch = 6, Kind = "birth", To = "orders-fra-1", Rule = "R0", Reason = "no record" }];
        }

        return sites;
    }
}
