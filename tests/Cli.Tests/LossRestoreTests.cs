using System.Text.Json;
using Holdfast.Agent.Tests.Api;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Tests;

public sealed class LossRestoreTests
{
    private static readonly KeyTally None = new(0, []);

    [Fact]
    public async Task What_came_back_and_what_did_not_is_counted_and_named_after_a_question()
    {
        await using var group = await WithLossAsync();
        group.Shell.Typed = "y\n";
        var run = await group.Shell.RunAsync("loss orders --restore");

        run.Code.ShouldBe(1, run.Error);
        run.Error.ShouldBe("");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        var words = Words(run.Out);
        words.ShouldContain("back to the present primary of orders that orders-fra-2 alone had: report " + SampleLoss.Id);
        words.ShouldContain("A key that the present primary removed before the report was made looks like a lost one, and would be brought back");
        words.ShouldContain("brought back 12: a, database 3 b\\nc, …");
        words.ShouldContain("there, same 1, left as they are: same");
        words.ShouldContain("there, other 0");
        words.ShouldContain("failed 1: newer (of a newer server)");
        group.Controls["orders-fra-2"].Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_brought_back_without_a_yes_and_a_dry_run_asks_nothing()
    {
        await using var group = await WithLossAsync();
        var asked = new List<bool>();
        group.Controls["orders-fra-2"].OwnLosses.OnRestore = (id, dryRun, _, _) =>
        {
            asked.Add(dryRun);
            return Task.FromResult(Done(id, dryRun) with { Failed = None });
        };

        (await group.Shell.RunAsync("loss orders --restore")).Error.ShouldContain("there is no terminal to ask on");
        asked.ShouldBeEmpty();
        var dry = await group.Shell.RunAsync("loss --restore --dry-run");
        (dry.Code, asked.ShouldHaveSingleItem()).ShouldBe((0, true), dry.Error);
        Words(dry.Out).ShouldContain("looks like a lost one");
        dry.Out.ShouldContain("would bring");
        dry.Out.ShouldEndWith("Nothing was done.\n");
        (await group.Shell.RunAsync("loss --restore --yes")).Code.ShouldBe(0);
        asked[^1].ShouldBeFalse();
        using var json = JsonDocument.Parse((await group.Shell.RunAsync("loss --restore --yes --json")).Out);
        json.RootElement.GetProperty("restored").GetProperty("count").GetInt64().ShouldBe(12);
        json.RootElement.GetProperty("restored").GetProperty("first")[1].GetProperty("key").GetString().ShouldBe("b\nc");
    }

    [Fact]
    public async Task A_run_that_ends_too_early_says_what_it_did_and_fails()
    {
        await using var group = await WithLossAsync();
        var losses = group.Controls["orders-fra-2"].OwnLosses;
        losses.OnRestore = (id, dryRun, _, _) => Task.FromResult(Done(id, dryRun) with { Failed = None, Problem = "it has changed; run it again" });
        var ended = await group.Shell.RunAsync("loss --restore --yes");
        (ended.Code, ended.Error).ShouldBe((1, "holdfast: it has changed; run it again\n"));
        Words(ended.Out).ShouldContain("brought back 12");

        losses.OnRestore = (_, _, _, _) => throw new EngineException("no member of orders serves as primary");
        var refused = await group.Shell.RunAsync("loss --restore --yes");
        (refused.Code, refused.Error).ShouldBe((1, "holdfast: orders-fra-2: no member of orders serves as primary\n"));

        // Later than the first word.
        losses.OnRestore = async (_, _, progress, token) =>
        {
            progress.Report(new JobProgress("100 of about 200 keys"));
            await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, token);
            throw new EngineException("what was salvaged cannot be read");
        };
        var late = await group.Shell.RunAsync("loss --restore --yes");
        (late.Code, late.Error).ShouldBe((1, "holdfast: orders-fra-2: what was salvaged cannot be read\n"));
    }

    [Fact]
    public async Task A_store_whose_losses_are_replayed_by_script_says_so_without_asking_any_agent()
    {
        await using var group = await RunningGroup.StartAsync(without: [.. SampleGroup.Names]);
        var run = await group.Shell.RunAsync("loss --restore --dry-run");
        (run.Code, run.Out).ShouldBe((1, ""));
        run.Error.ShouldBe(
            "holdfast: what orders lost is not brought back by --restore; 'holdfast loss orders --sql' prints a script that does the lost changes again: " +
            "read it, then run it on the present primary\n");
        foreach (var senseless in (string[])["--dry-run", "--yes", "--restore --sql", "--restore --json"])
        {
            (await group.Shell.RunAsync($"loss {senseless}")).Code.ShouldBe(2, senseless);
        }
    }

    [Fact]
    public async Task The_list_names_the_command_that_brings_back_where_there_is_one()
    {
        await using var group = await WithLossAsync();
        Words((await group.Shell.RunAsync("loss --no-check")).Out)
            .ShouldContain($"restore 'holdfast loss orders --member orders-fra-2 --report {SampleLoss.Id} --restore' brings back the keys");
        await using var other = await RunningGroup.StartAsync();
        other.Controls["orders-fra-2"].OwnLosses.All.Add(SampleLoss.Report("orders-fra-2"));
        other.Controls["orders-fra-2"].OwnLosses.Lists[SampleLoss.Id] = SampleLoss.Lines;
        (await other.Shell.RunAsync("loss --no-check")).Out.ShouldNotContain("--restore");
    }

    private static LossRestored Done(string id, bool dryRun) => new()
    {
        Report = id,
        Store = "orders",
        Member = "orders-fra-2",
        Primary = "orders-fra-1",
        IsDryRun = dryRun,
        Restored = new KeyTally(12, [new NamedKey("0", "a"), new NamedKey("3", "b\nc")]),
        Same = new KeyTally(1, [new NamedKey("0", "same")]),
        Other = None,
        Removed = None,
        Expired = None,
        Failed = new KeyTally(1, [new NamedKey("0", "newer", "of a newer server")]),
    };

    private static string Words(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A store of a kind whose keys are brought back; fra-2 was deposed.</summary>
    private static async Task<RunningGroup> WithLossAsync()
    {
        var system = SampleGroup.System();
        var group = await RunningGroup.StartAsync(
            system with { Stores = system.Stores.SetItem("orders", system.Stores["orders"] with { Kind = "redis" }) });
        var deposed = group.Controls["orders-fra-2"].OwnLosses;
        deposed.All.Add(SampleLoss.Report("orders-fra-2"));
        deposed.Lists[SampleLoss.Id] = SampleLoss.Lines;
        deposed.OnRestore = (id, dryRun, _, _) => Task.FromResult(Done(id, dryRun));
        return group;
    }
}
