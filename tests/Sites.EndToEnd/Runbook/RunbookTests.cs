using System.Collections.Concurrent;
using System.Diagnostics;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>Every block of the runbook is typed, in the order of the page, against two real sites that are in the situation it is for.</summary>
public sealed class RunbookTests(ITestOutputHelper output)
{
    private readonly ConcurrentQueue<string> _problems = [];

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task Every_command_of_the_runbook_does_what_the_page_says()
    {
        var only = Environment.GetEnvironmentVariable("HOLDFAST_RUNBOOK"); // part of a situation's heading
        var situations = RunbookPage.OfRepository().Blocks
            .Where(block => only is null || block.Situation.Contains(only, StringComparison.OrdinalIgnoreCase))
            .GroupBy(block => block.Situation).GroupBy(situation => Fixtures.All[situation.First().Fixture].Stage);
        await Task.WhenAll(situations.Select(PlayAsync));

        _problems.ShouldBeEmpty();
    }

    private async Task PlayAsync(IGrouping<Stage, IGrouping<string, RunbookBlock>> situations)
    {
        await using var world = await World.StartAsync(situations.Key == Stage.Continue ? "continue" : "fence");
        var isGood = false; // the situation before has come to its end
        foreach (var situation in situations)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                if (!isGood || !Fixtures.All[situation.First().Fixture].Continues)
                {
                    await world.CalmAsync();
                }

                isGood = await PlayAsync(world, situation);
            }
            catch (Exception exception)
            {
                isGood = false;
                _problems.Enqueue($"{situation.Key}: {exception.Message}");
            }

            output.WriteLine($"=== {situation.Key}: {Stopwatch.GetElapsedTime(begun).TotalSeconds:F1} s");
        }
    }

    /// <returns>Every block did what the page says.</returns>
    private async Task<bool> PlayAsync(World world, IGrouping<string, RunbookBlock> situation)
    {
        string? fixture = null;
        foreach (var block in situation)
        {
            if (block.Fixture != fixture)
            {
                await Fixtures.All[fixture = block.Fixture].EnterAsync(world);
            }

            var outcome = await world.TypeAsync(block);
            output.WriteLine($"{block}, {fixture}\n{block.Script}\n-> {outcome.ExitCode}\n{outcome.Output}");
            if (outcome.ExitCode != block.Exit || block.Missing(outcome.Output) is not null)
            {
                _problems.Enqueue(
                    $"{block}, in {fixture}: ended with {outcome.ExitCode} instead of {block.Exit}" +
                    $"{(block.Missing(outcome.Output) is { } line ? $", and lacks '{line}'" : "")}:\n{block.Script}\n{outcome.Output}");
                return false; // what follows is typed after this one has done its work
            }
        }

        return true;
    }
}
