using System.Collections.Concurrent;
using System.Diagnostics;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>Every block of the runbook is typed, in the order of the page, against two real sites that are in the situation it is for.</summary>
public sealed class RunbookTests(ITestOutputHelper output) : IDisposable
{
    private readonly ConcurrentQueue<string> _problems = [];
    /// <summary>Clusters start one after the other: each start makes a machine of two cores busy for some seconds.</summary>
    private readonly SemaphoreSlim _starting = new(1, 1);

    public void Dispose() => _starting.Dispose();

    [SiteFact]
    [Trait("Speed", "Slow")]
    public Task Every_command_of_the_runbook_does_what_the_page_says() => PlayAsync(stage => !IsOfBackups(stage));

    [SiteFact]
    [Trait("Speed", "Slow")]
    public Task Every_command_of_the_runbook_about_backups_does_what_the_page_says()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        return PlayAsync(IsOfBackups);
    }

    private static bool IsOfBackups(Stage stage) => stage is Stage.Backups or Stage.OneSite;

    private async Task PlayAsync(Func<Stage, bool> wanted)
    {
        var only = Environment.GetEnvironmentVariable("HOLDFAST_RUNBOOK"); // part of a situation's heading
        var situations = RunbookPage.OfRepository().Blocks
            .Where(block => only is null || block.Situation.Contains(only, StringComparison.OrdinalIgnoreCase))
            .GroupBy(block => block.Situation).GroupBy(situation => Fixtures.All[situation.First().Fixture].Stage)
            .Where(stage => wanted(stage.Key));
        await Task.WhenAll(situations.Select(async stage =>
        {
            try
            {
                await PlayAsync(stage);
            }
            catch (Exception exception)
            {
                _problems.Enqueue($"{stage.Key}: {exception.Message}");
            }
        }));

        _problems.ShouldBeEmpty();
    }

    private async Task<World> StartAsync(Stage stage)
    {
        await _starting.WaitAsync();
        try
        {
            return await World.StartAsync(stage);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task PlayAsync(IGrouping<Stage, IGrouping<string, RunbookBlock>> situations)
    {
        await using var world = await StartAsync(situations.Key);
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
            var missing = world.Here(block).Missing(outcome.Output);
            if (outcome.ExitCode != block.Exit || missing is not null)
            {
                _problems.Enqueue(
                    $"{block}, in {fixture}: ended with {outcome.ExitCode} instead of {block.Exit}" +
                    $"{(missing is { } line ? $", and lacks '{line}'" : "")}:\n{block.Script}\n{outcome.Output}");
                return false; // what follows is typed after this one has done its work
            }
        }

        return true;
    }
}
