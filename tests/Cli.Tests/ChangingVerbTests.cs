using Holdfast.Agent.Api;
using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests;

public sealed class ChangingVerbTests
{
    [Fact]
    public async Task A_switchover_says_what_it_does_follows_it_and_prints_what_it_cost()
    {
        await using var group = await RunningGroup.StartAsync(SampleGroup.System("s3cret"));
        group.Obey("orders-fra-2");
        var run = await group.Shell.RunAsync("switchover --to orders-fra-2 --yes");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("orders-fra-1 hands over to orders-fra-2 (streaming, 0 B behind)");
        run.Out.ShouldContain("checkpointing on the primary");
        run.Out.ShouldContain("writes are paused");
        run.Out.ShouldContain("orders-fra-2 is primary of orders at fra (epoch 8)");
        run.Out.ShouldContain("first commit after 165 ms: detected 0, promised 12, elected 25, promoted 140");
        group.Calls.ShouldBe(["orders-fra-1: Switchover to=orders-fra-2 loss=False"]);
    }

    [Fact]
    public async Task A_failover_without_a_primary_goes_to_an_agent_that_lives()
    {
        await using var group = await RunningGroup.StartAsync(null, "orders-fra-1");
        group.Change(status => status.With("orders-fra-1", member => member with { Reachable = false, Healthy = false }));
        group.Obey("orders-fra-3");
        var run = await group.Shell.RunAsync("failover --to orders-fra-3 --accept-data-loss --yes");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("ACKNOWLEDGED COMMITS MAY BE LOST");
        group.Calls.ShouldBe(["orders-fra-2: Failover to=orders-fra-3 loss=True"]);
    }

    public static readonly TheoryData<string> Changing =
    [
        "switchover", "failover", "pause", "reinit orders-fra-3", "restart orders-fra-2",
    ];

    [Theory, MemberData(nameof(Changing))]
    public async Task Without_a_terminal_and_without_yes_nothing_is_done(string verb)
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await group.Shell.RunAsync(verb);
        run.Code.ShouldBe(1);
        run.Error.ShouldBe("holdfast: nothing was done: there is no terminal to ask on; add --yes to go on without asking\n");
        run.Out.ShouldNotBeEmpty();
        group.Calls.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Changing))]
    public async Task Whoever_does_not_say_yes_changes_nothing(string verb)
    {
        await using var group = await RunningGroup.StartAsync();
        foreach (var typed in new[] { "\n", "n\n", "yeah\n", "" })
        {
            group.Shell.Typed = typed;
            var run = await group.Shell.RunAsync(verb);
            run.Code.ShouldBe(1);
            run.Out.ShouldContain("Go on? [y/N]");
            run.Error.ShouldContain("not confirmed");
        }

        group.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_says_yes_goes_on()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Obey("orders-fra-2");
        group.Shell.Typed = "y\n";
        var run = await group.Shell.RunAsync("switchover");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("orders-fra-2 is primary of orders at fra (epoch 8)");
        group.Calls.ShouldBe(["orders-fra-1: Switchover to=any loss=False"]);
    }

    [Theory]
    [InlineData("switchover --to orders-fra-1 --yes", 1, "orders-fra-1 is the primary already")]
    [InlineData("switchover --to orders-ber-1 --yes", 2, "there is no member 'orders-ber-1'; the members are: orders-fra-1, orders-fra-2, orders-fra-3")]
    [InlineData("failover --to orders-fra-1 --yes", 1, "is the primary already")]
    [InlineData("reinit orders-fra-1 --yes", 1, "hand over first: holdfast switchover")]
    [InlineData("reinit orders-ber-1 --yes", 2, "there is no member")]
    [InlineData("restart orders-ber-1 --yes", 2, "there is no member")]
    public async Task What_cannot_be_is_refused_before_anybody_is_asked(string verb, int code, string message)
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await group.Shell.RunAsync(verb);
        run.Code.ShouldBe(code);
        run.Error.ShouldContain(message);
        group.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task At_a_passive_site_a_switchover_changes_who_leads_it_and_no_epoch()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Change(status => status with { Mode = "passive" });
        (await group.Shell.RunAsync("reinit orders-fra-1 --yes")).Error.ShouldContain("let another lead first: holdfast switchover --to orders-fra-2");
        (await group.Shell.RunAsync("switchover --yes")).Error.ShouldContain("name the member that is to lead it");
        (await group.Shell.RunAsync("switchover --to orders-fra-1 --yes")).Error.ShouldContain("orders-fra-1 is the standby leader already");
        group.Calls.ShouldBeEmpty();

        group.Controls["orders-fra-1"].OnCall = (_, _) =>
        {
            group.Change(status => status with { Primary = "orders-fra-2" });
            return Task.FromResult(new CommandResult(true, "requested"));
        };
        var run = await group.Shell.RunAsync("switchover --to orders-fra-2 --yes");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("orders-fra-2 leads orders at fra");
        group.Calls.ShouldBe(["orders-fra-1: Switchover to=orders-fra-2 loss=False"]);
    }

    [Fact]
    public async Task At_a_passive_site_nobody_leads_until_the_new_leader_says_so_itself()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Change(status => status with { Mode = "passive" });
        group.Controls["orders-fra-1"].OnCall = (_, _) => Task.FromResult(new CommandResult(true, "requested", "m-1"));
        group.Controls["orders-fra-1"].OnMove = id => new MoveProgress(id, MoveKind.Switchover, "orders-fra-2", "pending", "on its way");
        var running = Task.Run(() => group.Shell.RunAsync("switchover --to orders-fra-2 --yes"));
        await Eventually.True(() => group.Shell.Output.ToString().Contains("on its way", StringComparison.Ordinal));
        await Task.WhenAll(SampleGroup.Names.Select(group.StopAgentAsync));
        group.Change(status => status with { Primary = "orders-fra-2" });
        await Eventually.True(() => group.Shell.Output.ToString().Contains("nothing listens on", StringComparison.Ordinal));

        // Nobody answers, then only one who is not the leader does. Neither shows that the new leader leads.
        await Should.ThrowAsync<TimeoutException>(running.WaitAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));
        await group.StartAgentAsync("orders-fra-3");
        await Should.ThrowAsync<TimeoutException>(running.WaitAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));
        await group.StartAgentAsync("orders-fra-2");
        var run = await running;
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("orders-fra-2 leads orders at fra");
    }

    [Fact]
    public async Task A_switchover_to_a_member_that_is_down_or_with_no_primary_is_refused_with_the_remedy()
    {
        await using var group = await RunningGroup.StartAsync(null, "orders-fra-2");
        (await group.Shell.RunAsync("switchover --to orders-fra-2 --yes")).Error.ShouldContain("orders-fra-2 cannot take over: nothing listens on");
        group.Change(status => status.With("orders-fra-1", member => member with { Healthy = false }));
        (await group.Shell.RunAsync("switchover --yes")).Error.ShouldContain("use 'holdfast failover'");
        group.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_agent_refuses_at_once_or_later_is_passed_on_in_one_line()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Controls["orders-fra-1"].OnCall = (_, _) => Task.FromResult(new CommandResult(false, "orders-fra-3 is 2 GB behind; choose orders-fra-2"));
        var refused = await group.Shell.RunAsync("switchover --to orders-fra-3 --yes");
        refused.Code.ShouldBe(1);
        refused.Error.ShouldBe("holdfast: orders-fra-1: orders-fra-3 is 2 GB behind; choose orders-fra-2\n");

        group.Controls["orders-fra-1"].OnCall = (_, _) => Task.FromResult(new CommandResult(true, "requested", "m-1"));
        group.Controls["orders-fra-1"].OnMove = id => new MoveProgress(id, MoveKind.Switchover, null, "failed", "the target did not catch up in 30 s");
        var failed = await group.Shell.RunAsync("switchover --to orders-fra-3 --yes");
        failed.Code.ShouldBe(1);
        failed.Error.ShouldBe("holdfast: failed: the target did not catch up in 30 s\n");
    }

    [Fact]
    public async Task A_request_that_may_have_arrived_is_not_sent_to_another_agent()
    {
        await using var group = await RunningGroup.StartAsync();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        group.Controls["orders-fra-1"].OnCall = async (_, token) =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return new CommandResult(true, "never");
        };
        var running = Task.Run(() => group.Shell.RunAsync("switchover --yes"));
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(5));
        await group.StopAgentAsync("orders-fra-1");
        var run = await running;
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("broke off the connection; it may have been taken");
        group.Calls.ShouldBe(["orders-fra-1: Switchover to=any loss=False"]);
    }

    [Fact]
    public async Task A_request_that_cannot_be_delivered_goes_to_the_next_agent()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Obey("orders-fra-2");
        group.Shell.Typed = "";
        group.Shell.Keyboard = new StoppingKeyboard(() => group.StopAgentAsync("orders-fra-1").GetAwaiter().GetResult());
        var run = await group.Shell.RunAsync("failover");
        run.Code.ShouldBe(0, run.Error);
        group.Calls.ShouldBe(["orders-fra-2: Failover to=any loss=False"]);
    }

    private sealed class StoppingKeyboard(Action stop) : TextReader
    {
        public override string? ReadLine()
        {
            stop();
            return "y";
        }
    }

    [Fact]
    public async Task A_wrong_token_is_said_so()
    {
        var system = SampleGroup.System("s3cret");
        await using var group = await RunningGroup.StartAsync(system);
        var shell = new Shell(system with { Security = new() { Token = new Core.Secret("other") } });
        var run = await shell.RunAsync("switchover --yes");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("the token is wrong; use security.token");
        (await shell.RunAsync("status")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Pause_and_resume_wait_until_the_group_shows_it_and_are_content_when_it_is_so_already()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Controls["orders-fra-1"].OnCall = (call, _) =>
        {
            group.Change(status => status with { Paused = call == "paused=True" });
            return Task.FromResult(new CommandResult(true, "ok"));
        };
        (await group.Shell.RunAsync("resume --yes")).Out.ShouldContain("automatic already");
        (await group.Shell.RunAsync("pause --yes")).Out.ShouldContain("orders at fra is paused");
        (await group.Shell.RunAsync("pause --yes")).Out.ShouldContain("paused already");
        (await group.Shell.RunAsync("resume --yes")).Out.ShouldContain("automatic again");
        group.Calls.ShouldBe(["orders-fra-1: paused=True", "orders-fra-1: paused=False"]);
    }

    [Fact]
    public async Task Reinit_goes_to_the_member_itself_and_shows_the_clone_until_it_streams()
    {
        await using var group = await RunningGroup.StartAsync();
        var control = group.Controls["orders-fra-3"];
        var healthy = control.Status;
        control.OnCall = (_, _) =>
        {
            control.Status = healthy.With("orders-fra-3", self => self with { Healthy = false, State = "cloning", Job = "cloning from orders-fra-1, 12 %" });
            return Task.FromResult(new CommandResult(true, "taken"));
        };
        var running = Task.Run(() => group.Shell.RunAsync("reinit orders-fra-3 --yes"));
        await Eventually.True(() => group.Shell.Output.ToString().Contains("12 %", StringComparison.Ordinal));
        running.IsCompleted.ShouldBeFalse();
        control.Status = healthy;
        var run = await running;
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("all data in /var/lib/holdfast/orders-fra-3 is wiped");
        run.Out.ShouldContain("orders-fra-3 is healthy: standby, streaming");
        group.Calls.ShouldBe(["orders-fra-3: reinit"]);
    }

    [Fact]
    public async Task Restart_pending_does_nothing_when_nothing_waits_and_names_the_settings_when_something_does()
    {
        await using var group = await RunningGroup.StartAsync();
        (await group.Shell.RunAsync("restart orders-fra-2 --pending --yes")).Out.ShouldContain("nothing was done");
        group.Calls.ShouldBeEmpty();

        group.Change(status => status.With("orders-fra-2", member => member with { PendingRestart = ["max_connections"] }));
        var run = await group.Shell.RunAsync("restart orders-fra-2 --pending --yes --no-wait");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("max_connections");
        group.Calls.ShouldBe(["orders-fra-2: restart pending=True"]);
        (await group.Shell.RunAsync("restart orders-fra-1")).Out.ReplaceLineEndings(" ").ShouldContain("THE PRIMARY: another member takes over");
        group.Change(status => status with { Candidates = [] });
        (await group.Shell.RunAsync("restart orders-fra-1")).Out.ShouldContain("THE PRIMARY: writes stop until it is back");
    }

    [Fact]
    public async Task Ctrl_C_at_the_question_changes_nothing()
    {
        await using var group = await RunningGroup.StartAsync();
        using var interrupt = new CancellationTokenSource();
        group.Shell.Typed = "";
        group.Shell.Keyboard = new SilentKeyboard();
        var running = Task.Run(() => group.Shell.RunAsync("switchover", interrupt.Token));
        await Eventually.True(() => group.Shell.Output.ToString().Contains("Go on?", StringComparison.Ordinal));
        await interrupt.CancelAsync();
        var run = await running.WaitAsync(TimeSpan.FromSeconds(5));
        (run.Code, run.Error).ShouldBe((130, "holdfast: nothing was done: interrupted\n"));
        group.Calls.ShouldBeEmpty();
    }

    private sealed class SilentKeyboard : TextReader
    {
        private readonly ManualResetEventSlim _never = new(initialState: false);
        public override string? ReadLine()
        {
            _never.Wait(TimeSpan.FromSeconds(10));
            return "y";
        }
    }

    [Fact]
    public async Task Ctrl_C_ends_the_following_with_130_and_says_that_the_move_goes_on()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Controls["orders-fra-1"].OnCall = (_, _) => Task.FromResult(new CommandResult(true, "requested", "m-1"));
        group.Controls["orders-fra-1"].OnMove = id => new MoveProgress(id, MoveKind.Switchover, null, "pending", "waiting for the target");
        using var interrupt = new CancellationTokenSource();
        var running = Task.Run(() => group.Shell.RunAsync("switchover --yes", interrupt.Token));
        await Eventually.True(() => group.Shell.Output.ToString().Contains("waiting for the target", StringComparison.Ordinal));
        await interrupt.CancelAsync();
        var run = await running;
        run.Code.ShouldBe(130);
        run.Error.ShouldContain("goes on");
    }
}
