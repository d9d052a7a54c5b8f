using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Moves;

/// <summary>What an operator asks for, through the program, under load.</summary>
[Collection(QuietGroup.Name)]
[Trait("Speed", "Slow")]
public sealed class SwitchoverTests(ZeroLossGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task To_each_member_in_turn_without_losing_a_commit()
    {
        var first = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        foreach (var target in Group.Others(first).Append(first))
        {
            var outcome = await Group.RunAsync("switchover", "--to", target.Name, "--yes");

            outcome.ExitCode.ShouldBe(0, outcome.Output + Group.Logs());
            outcome.Output.ShouldContain($"{target.Name} is primary");
            (await Group.HealthyAsync()).Primary.ShouldBe(target.Name);
            await writer.GoesOnAsync(Soon);
        }

        (await writer.LostAsync()).ShouldBeEmpty();
        writer.Rows.ShouldAllBe(row => row.Names != "");
        var history = await Group.RunAsync("history");
        history.Output.ShouldContain("switchover");
    }

    [Fact]
    public async Task Two_at_once_one_is_refused()
    {
        var primary = await Group.PrimaryAsync();
        var epoch = (await primary.StatusAsync())!.Epoch;
        var (first, second) = (Group.Others(primary).First(), Group.Others(primary).Last());
        // The first begins with a checkpoint, and cannot go on before that is made.
        var checkpointer = HostProcesses.Named(primary.Folder, "checkpointer").ShouldHaveSingleItem();
        Posix.Send(checkpointer, Signal.Stop);
        Task<CommandOutcome> asked;
        CommandOutcome refused;
        try
        {
            asked = Group.RunAsync("switchover", "--to", first.Name, "--yes");
            await Eventually.TrueAsync(async () => await Group.KeyAsync("request") is not null, Soon, () => $"nothing is asked for:\n{Group.Logs()}");

            refused = await Group.RunAsync("switchover", "--to", second.Name, "--yes");
        }
        finally
        {
            Posix.Send(checkpointer, Signal.Continue);
        }

        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("under way already");
        (await asked).ExitCode.ShouldBe(0, (await asked).Output + Group.Logs());
        var healthy = await Group.HealthyAsync();
        (healthy.Primary, healthy.Epoch).ShouldBe((first.Name, epoch + 1));
    }

    [Fact]
    public async Task To_the_primary_itself_or_to_somebody_unknown_is_refused_and_nothing_changes()
    {
        var primary = await Group.PrimaryAsync();
        var record = await Group.KeyAsync("record");

        var itself = await Group.RunAsync("switchover", "--to", primary.Name, "--yes");
        var unknown = await Group.RunAsync("switchover", "--to", "m9", "--yes");

        itself.ExitCode.ShouldBe(1);
        itself.Output.ShouldContain("is the primary already");
        unknown.ExitCode.ShouldBeOneOf(1, 2);
        unknown.Output.ShouldContain("m9");
        (await Group.KeyAsync("record")).ShouldBe(record);
    }

    [Fact]
    public async Task To_a_member_that_is_down_is_refused_and_nothing_changes()
    {
        var primary = await Group.PrimaryAsync();
        var target = Group.Others(primary).First();
        await target.CrashAsync();

        var outcome = await Group.RunAsync("switchover", "--to", target.Name, "--yes");

        outcome.ExitCode.ShouldBe(1);
        outcome.Output.ShouldContain(target.Name);
        target.StartAgent();
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
    }

    [Fact]
    public async Task To_a_member_that_lags_is_refused_with_its_lag_and_nothing_changes()
    {
        var primary = await Group.PrimaryAsync();
        var epoch = (await primary.StatusAsync())!.Epoch;
        var target = Group.Others(primary).First();
        var receiver = HostProcesses.Named(target.Folder, "walreceiver").ShouldHaveSingleItem();
        Posix.Send(receiver, Signal.Stop);
        try
        {
            await primary.AskAsync<string>("select pg_logical_emit_message(false, 'test', repeat('x', 30000000))::text");

            var outcome = await Group.RunAsync("switchover", "--to", target.Name, "--yes");

            outcome.ExitCode.ShouldBe(1, outcome.Output);
            outcome.Output.ShouldContain("behind");
        }
        finally
        {
            Posix.Send(receiver, Signal.Continue);
        }

        var healthy = await Group.HealthyAsync();
        (healthy.Primary, healthy.Epoch).ShouldBe((primary.Name, epoch));
    }
}
