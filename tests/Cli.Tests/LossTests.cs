using System.Text.Json;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Tests;

public sealed class LossTests
{
    [Fact]
    public async Task Each_transaction_is_a_block_of_100_columns_with_the_fate_of_each_row()
    {
        await using var group = await WithLossAsync();
        var run = await group.Shell.RunAsync("loss orders");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        var text = string.Join(' ', run.Out.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        text.ShouldContain("what orders-fra-2 had that the present primary lacks: 2 transactions, 5 changes");
        text.ShouldContain("last heartbeat that arrived is 812 of epoch 7, 2026-07-01 10:11:11.900000Z");
        text.ShouldContain("transaction 741 2026-07-01 10:11:12.000001Z database shop, may have been acknowledged");
        text.ShouldContain(@"insert public.orders: id=5 note=it's\nlong xxx");
        text.ShouldContain("[its key is free]");
        text.ShouldContain("update public.orders: id=3 note=new [changed meanwhile on the present primary]");
        text.ShouldContain("update public.orders: id=5 note=NULL [follows an earlier change of this list]");
        text.ShouldContain("not acknowledged, also changed definitions");
        text.ShouldContain("delete public.orders: id=4 [gone on the present primary]");
        text.ShouldContain("[no key, cannot be checked]");
    }

    [Fact]
    public async Task The_script_has_what_can_be_done_again_and_the_rest_as_comments_with_the_reason()
    {
        await using var group = await WithLossAsync();
        var run = await group.Shell.RunAsync("loss orders --sql");
        run.Code.ShouldBe(0, run.Error);
        var live = run.Lines.Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal)).ToList();
        live.Count(line => line == "BEGIN;").ShouldBe(2);
        live.Count(line => line == "COMMIT;").ShouldBe(2);
        live.ShouldContain("\\connect \"shop\"");
        run.Out.ShouldContain("INSERT INTO \"public\".\"orders\" (\"id\", \"note\") VALUES ('5', 'it''s\nlong xxx");
        live.ShouldContain("UPDATE ONLY \"public\".\"orders\" SET \"note\" = NULL WHERE \"id\" = '5';");
        run.Lines.ShouldContain("-- UPDATE ONLY \"public\".\"orders\" SET \"note\" = 'new' WHERE \"id\" = '3';");
        run.Lines.ShouldContain("-- left out, gone on the present primary:");
        live.ShouldContain("INSERT INTO \"public\".\"log\" (\"line\") VALUES (E'--\\r");
        live.ShouldNotContain(line => line.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task JSON_has_reports_transactions_changes_and_fates()
    {
        await using var group = await WithLossAsync();
        using var document = JsonDocument.Parse((await group.Shell.RunAsync("loss --json")).Out);
        var one = document.RootElement.EnumerateArray().ShouldHaveSingleItem();
        one.GetProperty("report").GetProperty("id").GetString().ShouldBe(SampleLoss.Id);
        var transactions = one.GetProperty("transactions");
        transactions.GetArrayLength().ShouldBe(2);
        transactions[1].GetProperty("transaction").GetProperty("acknowledged").GetString().ShouldBe("No");
        transactions[0].GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("fate").GetString())
            .ShouldBe(["Free", "Changed", "Follows"]);
        transactions[0].GetProperty("changes")[1].GetProperty("change").GetProperty("kind").GetString().ShouldBe("Update");

        group.Controls["orders-fra-2"].OwnLosses.All.Clear();
        using var empty = JsonDocument.Parse((await group.Shell.RunAsync("loss --json")).Out);
        empty.RootElement.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_primary_to_ask_nothing_with_a_key_is_replayed_and_the_reason_is_told()
    {
        await using var group = await WithLossAsync();
        group.Controls["orders-fra-1"].OwnLosses.OnQuestion = null;
        var run = await group.Shell.RunAsync("loss --sql");
        run.Code.ShouldBe(0);
        run.Error.ShouldContain("public.orders cannot be checked: ");
        run.Lines.ShouldNotContain(line => line.StartsWith("INSERT INTO \"public\".\"orders\"", StringComparison.Ordinal));
        run.Out.ShouldContain("-- left out, the present primary could not say whether the row has changed:");
    }

    [Fact]
    public async Task Of_members_that_report_the_same_the_script_is_made_from_the_one_that_could_list_the_most()
    {
        await using var group = await WithLossAsync();
        group.Controls["orders-fra-1"].OwnLosses.All.Add(
            SampleLoss.Report("orders-fra-1") with { IsComplete = false, IsDecoded = false, Changes = 0 });
        group.Controls["orders-fra-1"].OwnLosses.Lists[SampleLoss.Id] = [];
        var run = await group.Shell.RunAsync("loss --sql");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("what orders-fra-2 of store orders had");
        run.Lines.Count(line => line == "COMMIT;").ShouldBe(2);
        using var both = JsonDocument.Parse((await group.Shell.RunAsync("loss --json")).Out);
        both.RootElement.GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_loss_that_two_members_report_is_shown_once_and_the_other_is_named_whatever_its_report_is_called()
    {
        await using var group = await WithLossAsync();
        var id = "000007" + SampleLoss.Id[6..];
        var other = group.Controls["orders-fra-1"].OwnLosses;
        other.All.Add(SampleLoss.Report("orders-fra-1") with { Id = id, IsComplete = false, IsDecoded = false, Changes = 0, Transactions = 37 });
        other.Lists[id] = [];
        var run = await group.Shell.RunAsync("loss");
        run.Code.ShouldBe(0, run.Error);
        run.Out.Split("that the present primary lacks").Length.ShouldBe(2);
        run.Lines.ShouldContain("  same      orders-fra-1 reports the same log, 37 transactions, changes not listed there");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        var script = await group.Shell.RunAsync("loss --sql");
        script.Code.ShouldBe(0, script.Error);
        script.Out.ShouldContain("-- orders-fra-1 reports the same log, 37 transactions");

        var own = await group.Shell.RunAsync("loss --member orders-fra-1");
        own.Out.ShouldContain("what orders-fra-1 had");
        own.Out.ShouldNotContain("reports the same");
        (await group.Shell.RunAsync($"loss --report {id}")).Out.ShouldContain("what orders-fra-1 had");
        using var all = JsonDocument.Parse((await group.Shell.RunAsync("loss --json")).Out);
        all.RootElement.GetArrayLength().ShouldBe(2);
        other.All[0] = other.All[0] with { SystemId = "8" };
        (await group.Shell.RunAsync("loss")).Out.Split("that the present primary lacks").Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_script_of_an_incomplete_report_says_in_its_head_and_on_stderr_what_it_lacks()
    {
        await using var group = await WithLossAsync();
        var losses = group.Controls["orders-fra-2"].OwnLosses;
        losses.All[0] = losses.All[0] with { IsComplete = false, Gaps = ["database shop: its slot had reached\nthe bound of the kept log ('slot-bound')"] };
        losses.Lists[SampleLoss.Id] =
            [.. SampleLoss.Lines, new(new LostTransaction(743, "0/5000A00", "2026-07-01 10:11:14.000000Z", null, 0, false, Acknowledgement.Unknown))];
        var run = await group.Shell.RunAsync("loss --sql");
        run.Code.ShouldBe(0, run.Error);
        var head = run.Out[..run.Out.IndexOf("-- transaction 741", StringComparison.Ordinal)];
        head.ShouldContain("-- NOT COMPLETE, lost changes are missing here: database shop: its slot had reached\n-- the bound of the kept log ('slot-bound')");
        head.ShouldContain("-- Note: sequences are not listed\n");
        head.Split('\n').ShouldAllBe(line => line.Length <= 100 && (line.Length == 0 || line.StartsWith("--") || line.StartsWith('\\')));
        run.Out.ShouldContain("-- transaction 743, committed 2026-07-01 10:11:14.000000Z at 0/5000A00\n-- its changes could not be listed\n");
        run.Error.ShouldContain("holdfast: the script is not complete: database shop: its slot had reached");

        losses.All[0] = losses.All[0] with { IsComplete = true, Gaps = [] };
        var whole = await group.Shell.RunAsync("loss --sql");
        whole.Error.ShouldBeEmpty();
        whole.Out.ShouldContain("-- it changed no row of a table that is listed\n");
    }

    [Fact]
    public async Task No_loss_two_reports_and_silent_agents_are_said_in_one_line()
    {
        await using var group = await WithLossAsync();
        (await group.Shell.RunAsync("loss --member orders-fra-1")).Out.ShouldBe("no loss is reported\n");
        (await group.Shell.RunAsync("loss --member nobody")).Code.ShouldBe(2);
        (await group.Shell.RunAsync("loss nothing")).Error.ShouldContain("the stores are: orders");
        (await group.Shell.RunAsync("loss --sql --json")).Code.ShouldBe(2);
        group.Controls["orders-fra-3"].OwnLosses.All.Add(SampleLoss.Report("orders-fra-3") with { Id = "other", From = "1:0/4000000" });
        group.Controls["orders-fra-3"].OwnLosses.Lists["other"] = [];
        var run = await group.Shell.RunAsync("loss --sql");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("there are 2 reports; name one with --report: ");
        (await group.Shell.RunAsync("loss --sql --report other")).Code.ShouldBe(0);
        // Another one in which nothing was lost leaves no choice.
        var nothing = SampleLoss.Report("orders-fra-3") with { Id = "other", From = "1:0/4000000", Transactions = 0, Changes = 0, IsComplete = true, IsDecoded = true };
        group.Controls["orders-fra-3"].OwnLosses.All[^1] = nothing;
        (await group.Shell.RunAsync("loss --sql")).Code.ShouldBe(0);
        foreach (var form in new[] { "", " --json", " --sql" })
        {
            var unknown = await group.Shell.RunAsync($"loss --report zz{form}");
            (unknown.Code, unknown.Out, unknown.Error).ShouldBe((1, "", $"holdfast: there is no report 'zz'; the reports are: {SampleLoss.Id}, other\n"));
        }

        await group.StopAgentAsync("orders-fra-2");
        await group.StopAgentAsync("orders-fra-3");
        var silent = await group.Shell.RunAsync("loss");
        silent.Code.ShouldBe(1);
        silent.Error.ShouldContain("orders-fra-2 was not asked: ");
    }

    /// <summary>fra-2 was deposed; fra-1 is primary: row 3 was written there since, row 4 deleted.</summary>
    private static async Task<RunningGroup> WithLossAsync()
    {
        var group = await RunningGroup.StartAsync();
        var deposed = group.Controls["orders-fra-2"].OwnLosses;
        deposed.All.Add(SampleLoss.Report("orders-fra-2"));
        deposed.Lists[SampleLoss.Id] = SampleLoss.Lines;
        group.Controls["orders-fra-1"].OwnLosses.OnQuestion = question => new RowAnswer(
            [.. question.Keys.Select(key => key[0] == "3" ? new RowFound(true, ["3", "other"]) : null)]);
        return group;
    }
}
