using System.Text.Json;
using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>One command moves all stores that have two sites: databases before caches, and databases among each other as they are in the file.</summary>
public sealed class SeveralStoresTests
{
    [Fact]
    public async Task The_next_store_is_asked_for_when_the_one_before_serves_and_each_tells_its_pause()
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.SeveralStores());
        var arrived = SampleMoves.Switchover with { State = "running", Result = null, Steps = RunningSites.Until(SampleMoves.Switchover.Steps, 5) };
        sites.Take("orders", arrived with { Id = "o", Steps = RunningSites.Until(SampleMoves.Switchover.Steps, 4) });
        sites.Take("billing", arrived with { Id = "b" });
        sites.Take("sessions", SampleMoves.Switchover with { Id = "s" });
        var running = Task.Run(() => sites.Shell.RunAsync("switchover --site ber --yes"));

        await Eventually.True(() => sites.Shell.Output.ToString().Contains("\n  take ", StringComparison.Ordinal));
        await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken); // A few looks: nobody else is asked meanwhile.
        sites.Asked.ShouldBe(["orders"]);
        sites.Tell("orders", arrived with { Id = "o" });
        await Eventually.True(() => sites.Asked.Count == 3);
        running.IsCompleted.ShouldBeFalse("orders and billing do not follow yet");
        sites.Tell("orders", SampleMoves.Switchover with { Id = "o" });
        sites.Tell("billing", SampleMoves.Switchover with { Id = "b" });
        var run = await running;

        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        sites.Asked.ShouldBe(["orders", "billing", "sessions"]);
        run.Out.ShouldStartWith("One after another: orders (postgresql), billing (postgresql), sessions (redis).\nSwitchover of orders: ber takes over from fra\n");
        run.Out.ShouldContain("\norders (1 of 3)\n");
        run.Out.ShouldContain("\norders: ber is active; clients could not write for 430 ms\nbilling (2 of 3)\n");
        run.Out.ShouldContain("\nsessions: ber is active; clients could not write for 430 ms\norders (what clients do not wait for)\n");
        run.Lines.Count(line => line.StartsWith("  follow ", StringComparison.Ordinal)).ShouldBe(3);
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task None_is_begun_when_one_would_be_refused_and_one_alone_can_be_named()
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.SeveralStores());
        Pause(sites, "sessions");
        var run = await sites.Shell.RunAsync("switchover --site ber --yes");
        (run.Code, run.Error).ShouldBe((1, "holdfast: refused: sessions: the group at ber is paused: resume it first (holdfast resume --site ber); " +
            "nothing was moved, nor were the other stores (--store moves one alone)\n"));
        sites.Asked.ShouldBeEmpty();

        var dry = await sites.Shell.RunAsync("switchover --site ber --dry-run");
        dry.Code.ShouldBe(1);
        dry.Out.ShouldContain("Switchover of orders: ber takes over from fra\n");
        dry.Out.ShouldContain("Switchover of sessions: ber takes over from fra\n");
        dry.Out.ReplaceLineEndings(" ").ShouldContain("It would be refused now: sessions: the group at ber is paused");
        var json = JsonDocument.Parse((await sites.Shell.RunAsync("switchover --site ber --dry-run --json")).Out).RootElement;
        json.EnumerateArray().Select(book => book.GetProperty("store").GetString()).ShouldBe(["orders", "billing", "sessions"]);

        sites.Take("billing", SampleMoves.Switchover);
        var alone = await sites.Shell.RunAsync("switchover --site ber --store billing --yes --json");
        alone.Code.ShouldBe(0, alone.Error);
        JsonDocument.Parse(alone.Out).RootElement.GetProperty("state").GetString().ShouldBe("done");
        sites.Asked.ShouldBe(["billing"]);
    }

    [Fact]
    public async Task When_one_fails_it_is_said_what_has_moved_and_what_has_not_and_asking_again_goes_on_with_the_rest()
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.SeveralStores());
        sites.Take("orders", SampleMoves.Switchover);
        sites.Take("billing", SampleMoves.Switchover with
        {
            State = "failed",
            Result = "CatchUp was not done within 15 s",
            Steps = [.. SampleMoves.Switchover.Steps.Select(step => step.Step == "catch-up" ? step with { State = "failed" } : step)],
        });
        var failed = await sites.Shell.RunAsync("switchover --site ber --yes");
        failed.Code.ShouldBe(1);
        failed.Error.ShouldBe("holdfast: billing: the switchover to ber failed: CatchUp was not done within 15 s; moved: orders; not moved: billing, sessions; " +
            "when the cause is gone, ask again: it goes on with billing, sessions; 'holdfast switchover --site fra --store orders' takes orders back\n");
        sites.Asked.ShouldBe(["orders", "billing"]);

        foreach (var control in sites.Of("orders"))
        {
            control.Status = control.Status with { Sites = control.Status.Sites! with { ActiveSite = "ber", SiteEpoch = 2 } };
        }

        sites.Asked.Clear();
        foreach (var store in new[] { "billing", "sessions" })
        {
            sites.Tell(store, SampleMoves.Switchover);
            sites.Take(store, SampleMoves.Switchover with { Id = "again" });
        }

        var again = await sites.Shell.RunAsync("switchover --site ber --yes --json");
        again.Code.ShouldBe(0, again.Error);
        sites.Asked.ShouldBe(["billing", "sessions"]);
        JsonDocument.Parse(again.Out).RootElement.EnumerateArray()
            .Select(one => (one.GetProperty("store").GetString(), one.GetProperty("move").ValueKind == JsonValueKind.Null))
            .ShouldBe([("orders", true), ("billing", false), ("sessions", false)]);
        (await sites.Shell.RunAsync("switchover --site ber --dry-run")).Out.ShouldStartWith(
            "One after another: billing (postgresql), sessions (redis). orders is at ber already.\n");
    }

    [Fact]
    public async Task A_request_that_no_agent_takes_stops_the_rest()
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.SeveralStores());
        sites.Take("orders", SampleMoves.Switchover);
        foreach (var control in sites.Of("billing"))
        {
            control.OnCall = (_, _) => Task.FromResult(new Holdfast.Agent.Api.CommandResult(false, "not now"));
        }

        var run = await sites.Shell.RunAsync("failback --to ber --yes");
        run.Error.ShouldContain("billing: billing-ber-1: not now; moved: orders; not moved: billing, sessions; ");
    }

    [Theory]
    [InlineData("switchover --site rom", 2, "no store that has two sites has members at a site 'rom'; their sites are: ber, fra")]
    [InlineData("switchover --site fra --yes", 1, "refused: orders: fra is the active site already; nothing was moved")]
    [InlineData("failback --store nothing", 2, "there is no store 'nothing'; the stores are: billing, orders, sessions")]
    public async Task What_cannot_be_is_refused(string verb, int code, string message)
    {
        await using var sites = await RunningSites.StartAsync(SampleSites.SeveralStores());
        var run = await sites.Shell.RunAsync(verb);
        run.Code.ShouldBe(code);
        run.Error.ShouldContain(message);
        sites.Asked.ShouldBeEmpty();
    }

    private static void Pause(RunningSites sites, string store)
    {
        foreach (var control in sites.Of(store).Where(control => control.Member.Site == "ber"))
        {
            control.Status = control.Status with { Paused = true };
        }
    }
}
