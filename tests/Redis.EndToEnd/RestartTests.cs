using Holdfast.Harness.Members;

namespace Holdfast.Redis.EndToEnd;

/// <summary>What happens to servers when agents, or the servers themselves, are restarted. The lease is long: an agent takes seconds to start here.</summary>
[Trait("Speed", "Slow")]
public sealed class RestartTests
{
    private static readonly GroupOptions Pair = new GroupOptions { Kind = GroupOptions.Redis, Rpo = "60s", Members = 2 }.WithTiming("lease", "30s");

    [Fact]
    public async Task A_restarted_agent_leaves_its_server_running()
    {
        await using var group = await Group.StartAsync(Pair);
        var primary = await group.PrimaryAsync();
        var servers = group.Hosts.Select(host => host.Postmaster.ShouldNotBeNull()).ToList();
        await using var writer = await KeyWriter.StartAsync(group.Keys);
        foreach (var host in group.Hosts)
        {
            await host.StopAgentAsync();
            host.StartAgent();
            (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        }

        group.Hosts.Select(host => host.Postmaster).ShouldBe(servers.Select(pid => (int?)pid));
        await writer.GoesOnAsync(RedisGroup.Soon);
        writer.Lost(primary.Port).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lone_server_that_was_killed_starts_in_place_with_what_it_had_and_its_standby_follows_it_again()
    {
        await using var group = await Group.StartAsync(Pair);
        var primary = await group.PrimaryAsync();
        var standby = group.Others(primary).Single();
        await standby.CrashAsync();
        await using var writer = await KeyWriter.StartAsync(group.Keys);
        await writer.MoreAsync(200, RedisGroup.Soon);

        primary.KillServer();

        await writer.GoesOnAsync(RedisGroup.Soon);
        standby.StartAgent();
        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        // The log is written at once and flushed once a second: what a process has lost by its end is not what a host would have.
        writer.Lost(primary.Port).ShouldBeEmpty();
        await Eventually.TrueAsync(
            () => writer.Keys.All(key => group.Keys.Ids(standby.Port).Contains(key.Id)), RedisGroup.Soon, () => $"{standby.Name} lacks keys:\n{group.Logs()}");
    }
}
