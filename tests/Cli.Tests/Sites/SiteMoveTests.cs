using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests.Sites;

public sealed class SiteMoveTests
{
    [Fact]
    public async Task A_switchover_says_what_it_does_prints_each_step_with_its_time_and_the_write_pause()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.Take(RunningMove());
        var running = Task.Run(() => sites.Shell.RunAsync("switchover --site ber --yes"));
        await sites.WalkAsync(SampleMoves.Switchover);
        var run = await running;
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldStartWith("Switchover of orders: ber takes over from fra\n");
        run.Out.ShouldContain("fra: orders-fra-1 is primary (running), 3 of 3 members healthy");
        run.Out.ShouldContain("ber: orders-ber-1 leads the standbys (running), 2 of 2 members healthy");
        run.Out.ShouldMatch("Lag +ber is 0.2 s, 2.0 kB behind \\(RPO 5.0 s\\)");
        run.Out.ShouldMatch("3 stop +orders-fra-1 +stops its server in good order: WRITES PAUSE");
        run.Out.ShouldMatch("6 promote +orders-ber-1 +becomes primary");
        // From the start of stop (500) to the end of promote (720 + 210).
        run.Out.ShouldContain("ber is active; clients could not write for 430 ms");
        run.Out.ShouldMatch("\n  stop +done +130 ms  log ends at 3:0/6000028\n");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        // The agent of the site that is to be active is asked, and its leader first.
        sites.Calls.ShouldBe(["orders-ber-1: switchover site=ber loss=False fenced=-"]);
    }

    [Fact]
    public async Task Right_after_another_move_it_waits_until_the_lag_is_known()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites("ber", status => status with { MayLackSeconds = null });
        sites.Take(RunningMove());
        var running = Task.Run(() => sites.Shell.RunAsync("switchover --site ber --yes"));
        await Task.Delay(TimeSpan.FromMilliseconds(700), TestContext.Current.CancellationToken); // A few looks: nothing is asked for in any.
        sites.Calls.ShouldBeEmpty();
        sites.ChangeSites("ber", status => status with { MayLackSeconds = 0.1 });
        await Eventually.True(() => sites.Calls.Any());
        await sites.WalkAsync(SampleMoves.Switchover);
        (await running).Code.ShouldBe(0);
    }

    [Fact]
    public async Task The_follower_survives_the_loss_of_the_agent_that_took_the_request_and_of_a_whole_site()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.Take(RunningMove());
        var running = Task.Run(() => sites.Shell.RunAsync("switchover --site ber --yes"));
        await Eventually.True(() => sites.Calls.Any());
        await sites.StopAgentAsync("orders-ber-1");
        await sites.StopAgentAsync("orders-ber-2");
        await sites.WalkAsync(SampleMoves.Switchover);
        (await running).Code.ShouldBe(0);
    }

    [Fact]
    public async Task An_older_telling_of_the_move_takes_nothing_back_and_a_forgotten_one_is_found_in_the_history()
    {
        await using var sites = await RunningSites.StartAsync();
        var done = SampleMoves.Switchover;
        sites.Take(done with { State = "running", Steps = RunningSites.Until(done.Steps, 2) });
        var running = Task.Run(() => sites.Shell.RunAsync("switchover --site ber --yes"));
        await Eventually.True(() => sites.Shell.Output.ToString().Contains("\n  stop ", StringComparison.Ordinal));
        sites.ChangeSites("ber", status => status with { Move = done with { State = "running", Steps = RunningSites.Until(done.Steps, 0) } });
        sites.ChangeSites("fra", status => status with { Move = done with { Id = "the next one", State = "running", Steps = RunningSites.Until(done.Steps, 0) } });
        foreach (var control in sites.Controls.Values)
        {
            control.SiteMoves = [done];
        }

        sites.ChangeSites("ber", status => status with { Move = null });
        var run = await running;
        run.Code.ShouldBe(0, run.Error);
        foreach (var step in done.Steps)
        {
            run.Lines.Count(line => line.StartsWith($"  {step.Step} ", StringComparison.Ordinal) && line.Contains(" done ", StringComparison.Ordinal)).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_failover_names_what_may_be_lost_and_passes_on_what_the_operator_says()
    {
        await using var sites = await RunningSites.StartAsync(
            SampleSites.System(IsolationPolicy.Continue), "orders-fra-1", "orders-fra-2", "orders-fra-3");
        Lose(sites, "continue");
        sites.Take(SampleMoves.Failover);
        var run = await sites.Shell.RunSplitAsync(
            ["failover", "--site", "ber", "--fenced", "power cut at 03:12 by Ana", "--accept-data-loss", "--yes"]);
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ReplaceLineEndings(" ").ShouldContain("AT MOST 8.3 s of fra's work may be missing, accepted (--accept-data-loss)");
        run.Out.ShouldMatch("Fence +by the operator's word: power cut at 03:12 by Ana");
        run.Out.ShouldContain("fra: no agent answers, not heard for 8.0 s");
        // Silent for 8 s when asked for, and 500 ms from the request to the end of promote.
        run.Out.ShouldMatch("ber is active; clients could not write for about 8[56]\\d\\d ms");
        sites.Calls.ShouldBe(["orders-ber-1: failover site=ber loss=True fenced=power cut at 03:12 by Ana"]);
    }

    [Fact]
    public async Task Failback_goes_to_the_preferred_site_unless_another_is_named_and_verifies_first()
    {
        await using var sites = await RunningSites.StartAsync();
        (await sites.Shell.RunAsync("failback --yes")).Error.ShouldBe("holdfast: refused: fra is the active site already\n");
        sites.Take(SampleMoves.Switchover with { Kind = "failback" });
        var run = await sites.Shell.RunAsync("failback --to ber --yes");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldMatch("2 verify-before +orders-ber-1 +compares both sites by checksum");
        sites.Calls.ShouldBe(["orders-ber-1: failback site=ber loss=False fenced=-"]);
    }

    [Fact]
    public async Task A_dry_run_prints_steps_hooks_and_facts_and_asks_nothing()
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.System(hooks: true));
        var run = await sites.Shell.RunAsync("switchover --site ber --dry-run");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldMatch("2 before-hook +orders-ber-1 +runs /usr/local/bin/drain \\(at most 20 s\\)");
        run.Out.ShouldContain("/usr/local/bin/dns");
        run.Out.ShouldContain("Nothing that is known now speaks against it. Nothing was done.");
        run.Lines.ShouldAllBe(line => line.Length <= 100);

        sites.Change("ber", status => status with { Paused = true });
        var refused = await sites.Shell.RunAsync("switchover --site ber --dry-run");
        refused.Code.ShouldBe(1);
        refused.Out.ShouldContain("It would be refused now: the group at ber is paused: resume it first");
        var json = await sites.Shell.RunAsync("switchover --site ber --dry-run --json");
        json.Code.ShouldBe(1);
        var runbook = JsonDocument.Parse(json.Out).RootElement;
        runbook.GetProperty("refusal").GetString().ShouldBe("the group at ber is paused: resume it first (holdfast resume --site ber)");
        runbook.GetProperty("steps")[3].GetProperty("who").GetString().ShouldBe("orders-fra-1");
        sites.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_refused_at_once_or_by_the_check_or_fails_later_is_one_line_and_1()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.Controls["orders-ber-1"].OnCall = (_, _) => Task.FromResult(new CommandResult(false, "a failback to fra is on its way (stop): wait for it"));
        var atOnce = await sites.Shell.RunAsync("switchover --site ber --yes");
        (atOnce.Code, atOnce.Error).ShouldBe((1, "holdfast: orders-ber-1: a failback to fra is on its way (stop): wait for it\n"));

        var move = SampleMoves.Switchover with { State = "failed", Result = "the standby leader orders-ber-1 at ber does not run" };
        sites.Take(move with { Steps = [SampleMoves.Step("check", 0, 3, move.Result!) with { State = "failed" }] });
        var check = await sites.Shell.RunAsync("switchover --site ber --yes");
        (check.Code, check.Error).ShouldBe((1, "holdfast: refused: the standby leader orders-ber-1 at ber does not run\n"));

        sites.Take(SampleMoves.Switchover with
        {
            State = "failed",
            Result = "CatchUp was not done within 15 s",
            Steps = [.. SampleMoves.Switchover.Steps.Select(step => step.Step == "catch-up" ? step with { State = "failed" } : step)],
        });
        var later = await sites.Shell.RunAsync("switchover --site ber --yes");
        (later.Code, later.Error).ShouldBe((1, "holdfast: the switchover to ber failed: CatchUp was not done within 15 s\n"));

        sites.Take(SampleMoves.Switchover with
        {
            Result = "ber is active; Verify: orders.line differs in 2 rows",
            Steps = [.. SampleMoves.Switchover.Steps.Select(step => step.Step == "verify" ? step with { State = "failed" } : step)],
        });
        var afterwards = await sites.Shell.RunAsync("switchover --site ber --yes");
        afterwards.Code.ShouldBe(1);
        afterwards.Out.ShouldContain("ber is active; clients could not write for 430 ms");
        afterwards.Error.ShouldBe("holdfast: the switchover is made, but not all is well: ber is active; Verify: orders.line differs in 2 rows\n");

        sites.Take(SampleMoves.Switchover with
        {
            Result = "ber is active; Verify: cut short by another move",
            Steps = RunningSites.Until(SampleMoves.Switchover.Steps, 6),
        });
        var cut = await sites.Shell.RunAsync("switchover --site ber --yes");
        (cut.Code, cut.Error).ShouldBe((1, "holdfast: the switchover is made, but not all is well: ber is active; Verify: cut short by another move\n"));
    }

    [Fact]
    public async Task JSON_is_the_move_as_it_ended_and_nothing_else()
    {
        await using var sites = await RunningSites.StartAsync();
        (await sites.Shell.RunAsync("switchover --site ber --json")).Error.ShouldContain("with --json nobody is asked; add --yes");
        sites.Calls.ShouldBeEmpty();
        sites.Take(SampleMoves.Switchover);
        var run = await sites.Shell.RunAsync("switchover --site ber --yes --json");
        run.Code.ShouldBe(0, run.Error);
        var move = JsonSerializer.Deserialize(run.Out, ApiJson.Default.SiteMoveStatus)!;
        (move.Id, move.State, move.Steps.Length).ShouldBe(("m-1", "done", 8));
    }

    [Theory]
    [InlineData("switchover --site ber")]
    [InlineData("failback --to ber")]
    public async Task Without_yes_and_without_a_terminal_or_with_a_no_nothing_is_done(string verb)
    {
        await using var sites = await RunningSites.StartAsync();
        (await sites.Shell.RunAsync(verb)).Error.ShouldContain("nothing was done: there is no terminal to ask on");
        sites.Shell.Typed = "n\n";
        (await sites.Shell.RunAsync(verb)).Error.ShouldContain("not confirmed");
        sites.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("switchover --site ber --to orders-ber-1", 2, "--site and --to do not go together")]
    [InlineData("failover --site ber --to orders-ber-1", 2, "--site and --to do not go together")]
    [InlineData("switchover --dry-run", 2, "--dry-run goes with --site only")]
    [InlineData("failover --json", 2, "--json goes with --site only")]
    [InlineData("failover --fenced power", 2, "--fenced goes with --site only")]
    [InlineData("switchover --site rom", 2, "orders has no members at a site 'rom'; its sites are: ber, fra")]
    [InlineData("switchover --site fra --yes", 1, "refused: fra is the active site already")]
    [InlineData("failover --site ber --yes", 1, "refused: fra is alive and writes: use 'holdfast switchover --site ber', or stop it first")]
    [InlineData("pause --site rom", 2, "there is no group at a site 'rom'")]
    [InlineData("status --site muc", 2, "muc is a witness: it has no members; the sites are: ber, fra")]
    [InlineData("status --site rom", 2, "there is no site 'rom'; the sites are: ber, fra")]
    public async Task What_cannot_be_is_refused_before_anybody_is_asked(string verb, int code, string message)
    {
        var system = SampleSites.System();
        await using var sites = await RunningSites.StartAsync(system with { Sites = system.Sites.Add("muc", new SiteSpec("muc", Witness: true)) });
        var run = await sites.Shell.RunAsync(verb);
        run.Code.ShouldBe(code);
        run.Error.ShouldContain(message);
        sites.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("failover --yes", "; if the site is lost: holdfast failover --site ber")]
    [InlineData("switchover --yes", "; if the site is lost: holdfast failover --site ber")]
    [InlineData("switchover --to orders-fra-2 --yes", "")]
    public async Task With_all_agents_of_the_active_site_gone_the_way_to_the_other_is_named(string verb, string more)
    {
        await using var sites = await RunningSites.StartAsync(null, "orders-fra-1", "orders-fra-2", "orders-fra-3");
        var run = await sites.Shell.RunAsync(verb);
        (run.Code, run.Error).ShouldBe((1, $"holdfast: no agent of orders at fra answers; start one: holdfast agent --member NAME{more}\n"));
    }

    [Fact]
    public async Task The_help_says_where_the_options_of_a_move_between_sites_belong()
    {
        foreach (var verb in new[] { "switchover", "failover" })
        {
            var help = (await new Shell(SampleSites.System()).RunAsync($"{verb} --help")).Out;
            help.ShouldMatch("--dry-run +With --site: print the steps");
            help.ShouldMatch("--json +With --site: print JSON");
        }

        (await new Shell(SampleSites.System()).RunAsync("failback --help")).Out.ShouldMatch("--dry-run +Print the steps");
    }

    [Fact]
    public async Task A_store_with_one_site_cannot_move_and_inside_a_site_the_active_ones_group_is_meant()
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await group.Shell.RunAsync("switchover --site ber --yes");
        (run.Code, run.Error).ShouldBe((2, "holdfast: orders has one site only: it cannot be moved to another\n"));

        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites(status => status with { ActiveSite = "ber", SiteEpoch = 2 });
        (await sites.Shell.RunAsync("pause")).Out.ShouldContain("Pause of orders at ber");
        (await sites.Shell.RunAsync("pause --site fra")).Out.ShouldContain("Pause of orders at fra");
    }

    private static Holdfast.Agent.Api.Sites.SiteMoveStatus RunningMove() =>
        SampleMoves.Switchover with { State = "running", Result = null, Steps = RunningSites.Until(SampleMoves.Switchover.Steps, -1) };

    // fra is gone: ber says so.
    private static void Lose(RunningSites sites, string isolation) => sites.ChangeSites("ber", status => status with
    {
        Isolation = isolation,
        LeaseSite = null,
        SafeToLoseSite = false,
        MayLackSeconds = 8.3,
        Groups = [.. status.Groups.Select(group => group.Site == "fra" ? group with { SilentSeconds = 8 } : group)],
    });
}
