using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Moves;

[Collection(QuietGroup.Name)]
[Trait("Speed", "Slow")]
public sealed class PauseTests(ZeroLossGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task Paused_a_killed_server_stays_down_and_resumed_it_is_replaced()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        (await Group.RunAsync("pause", "--yes")).ExitCode.ShouldBe(0);
        await Task.WhenAll(Group.Hosts.Select(host => host.SaysAsync(status => status.Paused, Soon, "the group is paused")));
        var record = await Group.KeyAsync("record");

        old.KillServer();

        await old.SaysAsync(status => status.Of(old.Name).State == "stopped", Soon, "its server is down");
        // Several times what a failover takes: nothing must be promoted or restarted in it.
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        old.Postmaster.ShouldBeNull();
        (await Group.KeyAsync("record")).ShouldBe(record);
        foreach (var host in Group.Others(old))
        {
            (await host.AskAsync<bool>("select pg_is_in_recovery()")).ShouldBeTrue();
        }

        (await Group.RunAsync("resume", "--yes")).ExitCode.ShouldBe(0);
        await Group.HealthyAsync();
        await writer.GoesOnAsync(Soon);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_restarted_agent_finds_its_server_and_the_writer_notices_nothing()
    {
        var primary = await Group.PrimaryAsync();
        var server = primary.Postmaster;
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        var begun = Stopwatch.GetTimestamp();

        await primary.StopAgentAsync();
        await writer.MoreAsync(100, Soon);
        primary.StartAgent();
        await Group.HealthyAsync();
        await primary.KillAgentAsync();
        primary.StartAgent();

        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        primary.Postmaster.ShouldBe(server);
        await writer.GoesOnAsync(Soon);
        writer.LongestGap(begun).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        (await writer.LostAsync()).ShouldBeEmpty();
    }
}
