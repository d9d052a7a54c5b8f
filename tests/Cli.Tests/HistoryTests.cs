using System.Text.Json;
using Holdfast.Agent.Api;

namespace Holdfast.Cli.Tests;

public sealed class HistoryTests
{
    [Fact]
    public async Task The_table_has_when_epoch_kind_from_to_rule_reason_and_milliseconds_in_100_columns()
    {
        await using var group = await WithHistoryAsync();
        var run = await group.Shell.RunAsync("history");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldMatch("2026-07-01 10:11:12 +8 +switchover +orders-fra-1 → orders-fra-2 +4 +0/5000200");
        run.Out.ShouldContain("asked for by an operator (SW3)");
        run.Out.ShouldContain("first commit after 165 ms: detected 0, promised 12, elected 25, promoted 140");
        run.Out.ShouldContain("detected 612, promoted 801 ms; no commit measured");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task JSON_is_the_agents_array_and_can_be_limited()
    {
        await using var group = await WithHistoryAsync();
        var run = await group.Shell.RunAsync("history --json -n 2");
        var entries = JsonSerializer.Deserialize(run.Out, ApiJson.Default.HistoryEntryArray)!;
        entries.Select(entry => entry.Epoch).ShouldBe([8, 7]);
        entries[0].FirstCommitMs.ShouldBe(165.4);
        (await group.Shell.RunAsync("history --limit -1")).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Names_of_a_usual_length_are_whole_in_100_columns_with_a_large_LSN_and_a_long_rule()
    {
        await using var group = await WithHistoryAsync();
        foreach (var control in group.Controls.Values)
        {
            control.History = [.. control.History.Select(entry => entry with { Rule = "R0.complete", ForkLsn = "1A2/DEADBEEF" })];
        }

        var run = await group.Shell.RunAsync("history");
        run.Out.ShouldMatch("switchover +orders-fra-1 → orders-fra-2 +4 +1A2/DEADBEEF");
        run.Out.ShouldNotContain("…");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task Long_names_are_cut_rather_than_the_table_broken()
    {
        await using var group = await WithHistoryAsync();
        foreach (var control in group.Controls.Values)
        {
            control.History = [.. control.History.Select(entry => entry with { From = new string('a', 63), To = new string('b', 63), Reason = new string('r', 30) + " [x]" })];
        }

        var run = await group.Shell.RunAsync("history");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        run.Out.ShouldContain("…");
        run.Out.ShouldContain("[x]");
    }

    private static async Task<RunningGroup> WithHistoryAsync()
    {
        var group = await RunningGroup.StartAsync();
        group.Obey("orders-fra-2");
        (await group.Shell.RunAsync("switchover --yes")).Code.ShouldBe(0);
        return group;
    }
}
