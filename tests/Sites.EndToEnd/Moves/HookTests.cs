using System.Globalization;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>The user's programs before and after a move.</summary>
public sealed class HookTests(MovingCluster moving) : IClassFixture<MovingCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task Programs_can_stop_a_move_before_it_and_are_heard_after_it()
    {
        await moving.ReadyAsync();
        var (active, passive) = await moving.SitesAsync();
        var primary = await moving.LeaderAsync(active);
        await using var watch = await OneWriterWatch.StartAsync(moving.Store);

        // One that fails ends the move with its last words; nobody was stopped.
        moving.Hook("before-hook", "echo the name server is away >&2; exit 3");
        var failed = await moving.SwitchoverAsync(passive);
        failed.ExitCode.ShouldBe(1, failed.Output);
        failed.Output.ShouldContain("ended with status 3: the name server is away");
        await GoesOnAsync(watch, primary.Name);

        // One that does not end is killed with all that it started.
        moving.Hook("before-hook", $"echo $$ > {moving.Note("pids")}; sleep 300 & echo $! >> {moving.Note("pids")}; wait");
        var late = await moving.SwitchoverAsync(passive);
        late.ExitCode.ShouldBe(1, late.Output);
        late.Output.ShouldContain($"was ended after its time limit of {MovingCluster.HookLimit.TotalSeconds:0} s");
        await Eventually.TrueAsync(
            () => File.ReadLines(moving.Note("pids")).All(pid => Posix.State(int.Parse(pid, CultureInfo.InvariantCulture)) is null or 'Z'), Limit, () => "the program lives on");
        await GoesOnAsync(watch, primary.Name);

        // One that leaves something running has ended all the same.
        moving.Hook("before-hook", $"sleep 300 & echo $! > {moving.Note("left")}; exit 0");
        var held = await moving.SwitchoverAsync(passive);
        Posix.Send(int.Parse(File.ReadAllText(moving.Note("left")), CultureInfo.InvariantCulture), Signal.Kill);
        held.ExitCode.ShouldBe(0, held.Output);
        await moving.Cluster.HealthyAsync(moving.Store);
        (active, passive) = (passive, active);

        // After the move a failure is told, and changes nothing.
        moving.Hook("before-hook", $"env | grep ^HOLDFAST_ | sort > {moving.Note("told")}");
        moving.Hook("after-hook", "echo nobody answers; exit 4");
        var moved = await moving.SwitchoverAsync(passive);
        moved.ExitCode.ShouldBe(1, moved.Output);
        moved.Output.ShouldContain("ended with status 4: nobody answers");
        (await watch.WritesAsync(member => moving.Store.SiteOf(member) == passive, Limit)).ShouldNotBe(default);
        (await moving.MoveAsync())!.State.ShouldBe("done");
        File.ReadLines(moving.Note("told")).Select(line => line.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]).ShouldSatisfyAllConditions(
            told => told["HOLDFAST_STORE"].ShouldBe(moving.Store.Name), told => told["HOLDFAST_MOVE"].ShouldBe("switchover"),
            told => told["HOLDFAST_FROM_SITE"].ShouldBe(active), told => told["HOLDFAST_TO_SITE"].ShouldBe(passive),
            told => told["HOLDFAST_STEP"].ShouldBe("before-hook"));

        await moving.Cluster.HealthyAsync(moving.Store);
        watch.Overlaps.ShouldBeEmpty();
        (await watch.LostAsync()).ShouldBeEmpty();
    }

    private async Task GoesOnAsync(OneWriterWatch watch, string primary)
    {
        (await watch.WritesAsync(_ => true, Limit)).Member.ShouldBe(primary);
        watch.Commits.Select(commit => (commit.Member, commit.Timeline)).Distinct().Count().ShouldBe(1, "nobody has stopped for it");
        (await moving.MoveAsync())!.State.ShouldBe("failed");
    }
}
