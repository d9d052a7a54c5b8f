using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>
/// Whoever carries a move on is killed at each of its steps, once the agent alone and once the whole host: the move ends, and nothing is lost.
/// HOLDFAST_OUTCOMES=all runs every step, another value those whose name contains it, and none the steps around the point of no return.
/// </summary>
public sealed class MoveCrashTests(MovingCluster moving, ITestOutputHelper output) : IClassFixture<MovingCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);
    private static readonly string? Wanted = Environment.GetEnvironmentVariable("HOLDFAST_OUTCOMES");

    /// <param name="Source">The old site's leader is struck, whose steps these are; else the new site's.</param>
    private sealed record Strike(string Step, bool WholeHost, bool Source = false)
    {
        public override string ToString() => $"{Step}: {(WholeHost ? "host" : "agent")} of the {(Source ? "old" : "new")} site's leader";
    }

    private static readonly ImmutableArray<string> Steps =
        ["check", "before-hook", "prepare", "stop", "catch-up", "take", "promote", "after-hook", "follow", "verify"];

    private static readonly ImmutableArray<Strike> All =
    [
        .. Steps.SelectMany(step => (Strike[])[new(step, false), new(step, true)]),
        new("prepare", false, true), new("prepare", true, true), new("stop", false, true), new("stop", true, true),
        new("catch-up", true, true), new("take", true, true),
    ];

    private static readonly ImmutableHashSet<Strike> Telling = [new("catch-up", false), new("promote", true), new("stop", true, true)];

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_move_ends_and_loses_nothing_whoever_is_killed_at_whichever_step()
    {
        await moving.ReadyAsync();
        await using var watch = await OneWriterWatch.StartAsync(moving.Store);
        var problems = new List<string>();
        foreach (var strike in All.Where(strike => Wanted switch
        {
            null or "" => Telling.Contains(strike),
            "all" => true,
            var part => $"{strike}".Contains(part, StringComparison.Ordinal),
        }))
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                output.WriteLine($"{strike}: {await RunAsync(strike, watch)}; {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            }
            catch (Exception exception) when (exception is TimeoutException or Shouldly.ShouldAssertException or InvalidOperationException)
            {
                problems.Add($"{strike}: {moving.Cluster.Fail(exception.Message)}");
                output.WriteLine($"{strike}: FAILED; {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
                break; // What comes after would not begin from a whole store.
            }
        }

        problems.ShouldBeEmpty();
    }

    private async Task<string> RunAsync(Strike strike, OneWriterWatch watch)
    {
        var (active, passive) = await moving.SitesAsync();
        var victim = await moving.LeaderAsync(strike.Source ? active : passive);
        var before = (await moving.MoveAsync())?.Id;
        // So that a step can be met that otherwise takes no time.
        moving.Hook("before-hook", strike.Step == "before-hook" ? "sleep 3" : "exit 0");
        moving.Hook("after-hook", strike.Step == "after-hook" ? "sleep 3" : "exit 0");

        var command = moving.SwitchoverAsync(passive);
        StoredMove? at = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var refused = command.IsCompleted;
                return await moving.MoveAsync() is { } move && move.Id != before
                    ? (IsAt(move, strike.Step) || !move.IsRunning) && (at = move) is not null
                    : !refused ? false : throw new InvalidOperationException($"no move has begun: {(await command).Output}");
            },
            Limit, () => $"the move does not come to {strike.Step}");
        await (strike.WholeHost ? moving.Store.HostOf(victim).CrashAsync() : victim.KillAgentAsync());
        var struck = await moving.MoveAsync();

        var done = await command;
        // Where the move was given up because the old site's primary is lost, the new site may take over by itself.
        var ended = (await moving.MoveAsync())!;
        await Eventually.TrueAsync(
            async () => !(ended = (await moving.MoveAsync())!).IsRunning,
            Limit, () => $"the command ended with {done.ExitCode}: {done.Output}\n{ended}");
        if (at!.Step("take").State == "done")
        {
            ended.State.ShouldBe("done", $"there is only forward after the point of no return: {ended}");
        }

        var (writer, other) = ended.State == "done" ? (passive, active) : (active, passive);
        await watch.WritesAsync(member => moving.Store.SiteOf(member) == writer, Limit);
        if (strike.WholeHost)
        {
            await moving.Store.HostOf(victim).BootAsync();
        }
        else
        {
            victim.StartAgent();
        }

        await moving.Cluster.HealthyAsync(moving.Store, Limit);
        watch.Overlaps.ShouldBeEmpty();
        (await watch.LostAsync()).ShouldBeEmpty();
        return $"struck at {struck?.Current?.Step ?? "its end"}: {ended}; {other} is passive";
    }

    private static bool IsAt(StoredMove move, string step) => move.Steps.SkipWhile(one => one.Step != step).FirstOrDefault() is not { State: "pending" };
}
