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
    public async Task No_loss_two_reports_and_silent_agents_are_said_in_one_line()
    {
        await using var group = await WithLossAsync();
        (await group.Shell.RunAsync("loss --member orders-fra-1")).Out.ShouldBe("no loss is reported\n");
        (await group.Shell.RunAsync("loss --member nobody")).Code.ShouldBe(2);
        (await group.Shell.RunAsync("loss nothing")).Error.ShouldContain("the stores are: orders");
        (await group.Shell.RunAsync("loss --sql --json")).Code.ShouldBe(2);
        group.Controls["orders-fra-3"].OwnLosses.All.Add(SampleLoss.Report("orders-fra-3") with { Id = "other" });
        group.Controls["orders-fra-3"].OwnLosses.Lists["other"] = [];
        var run = await group.Shell.RunAsync("loss --sql");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("there are 2 reports; name one with --report: ");
        (await group.Shell.RunAsync("loss --sql --report other")).Code.ShouldBe(0);
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
