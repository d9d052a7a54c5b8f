using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Redis.EndToEnd.Faults;

/// <summary>What can happen to a host and to each process on it, beside what <see cref="LifeTests"/> has: nobody else writes before the old one has stopped.</summary>
[Trait("Speed", "Slow")]
public sealed class HostTests(RedisGroup shared, ITestOutputHelper output) : IClassFixture<RedisGroup>
{
    /// <summary>As <see cref="RedisGroup.Options"/> says.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private Group Group => shared.Group;

    [Fact]
    public async Task A_killed_host_is_replaced_only_when_its_lease_is_gone_and_comes_back_as_a_standby()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(100, RedisGroup.Soon);
        var killed = Stopwatch.GetTimestamp();

        await old.CrashAsync();

        await Group.TakenOverAsync(old, RedisGroup.Soon);
        // It was renewed last at most a quarter of itself (and a slow call) before the end.
        Stopwatch.GetElapsedTime(killed).ShouldBeGreaterThan(Lease / 2);
        await writer.GoesOnAsync(RedisGroup.Soon);
        old.StartAgent();
        await CheckAsync(writer, old, killed, "killed host");
    }

    [Fact]
    public async Task When_the_agent_alone_is_frozen_the_guard_kills_the_server_by_the_deadline()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        Posix.State(old.Guard.ShouldNotBeNull()).ShouldNotBe('T');
        var frozen = Stopwatch.GetTimestamp();
        await old.Agent.FreezeAsync();

        await Eventually.TrueAsync(
            () => old.Postmaster is null, RedisGroup.Soon, () => $"the guard did not kill the server; its log:\n{File.ReadAllText(old.GuardLog)}");

        Stopwatch.GetElapsedTime(frozen).ShouldBeLessThan(Lease);
        await Group.TakenOverAsync(old, RedisGroup.Soon);
        await writer.GoesOnAsync(RedisGroup.Soon);
        old.Agent.Thaw();
        await CheckAsync(writer, old, frozen, "frozen agent");
    }

    [Fact]
    public async Task When_the_agent_alone_is_killed_and_stays_away_another_takes_over_after_the_server_has_stopped()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        var killed = Stopwatch.GetTimestamp();
        await old.KillAgentAsync();

        var taker = await Group.TakenOverAsync(old, RedisGroup.Soon);

        old.Postmaster.ShouldBeNull($"two servers may write:\n{File.ReadAllText(old.GuardLog)}\n{taker.Log()}");
        await writer.GoesOnAsync(RedisGroup.Soon);
        old.StartAgent();
        await CheckAsync(writer, old, killed, "killed agent");
    }

    [Fact]
    public async Task A_killed_guard_is_replaced_and_armed_and_the_server_is_left_alone()
    {
        var primary = await Group.PrimaryAsync();
        var killed = primary.Guard.ShouldNotBeNull();
        var server = primary.Postmaster;
        var logged = File.ReadAllText(primary.GuardLog).Length;
        Posix.Send(killed, Signal.Kill);

        await Eventually.TrueAsync(
            () => File.ReadAllText(primary.GuardLog)[logged..].Contains($"event=guard-armed pid={server}", StringComparison.Ordinal),
            RedisGroup.Soon, () => $"no new guard is armed:\n{File.ReadAllText(primary.GuardLog)}\n{primary.Log()}");
        primary.Postmaster.ShouldBe(server);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_standby_that_is_lost_disturbs_nobody_and_has_all_when_it_is_back(bool isFrozen)
    {
        var primary = await Group.PrimaryAsync();
        var standby = Group.Others(primary).First();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await (isFrozen ? standby.FreezeAsync() : standby.CrashAsync());

        await writer.MoreAsync(300, RedisGroup.Soon);

        if (isFrozen)
        {
            standby.Thaw();
        }
        else
        {
            standby.StartAgent();
        }

        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        writer.Lost(primary.Port).ShouldBeEmpty();
        writer.Keys.ShouldAllBe(key => key.Port == primary.Port);
        await Eventually.TrueAsync(
            () => writer.Keys.All(key => Group.Keys.Ids(standby.Port).Contains(key.Id)), RedisGroup.Soon, () => $"{standby.Name} lacks keys:\n{Group.Logs()}");
    }

    [Fact]
    public async Task Hosts_that_are_all_killed_at_once_come_back_with_what_their_logs_have()
    {
        await Group.HealthyAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(200, RedisGroup.Soon);
        var killed = Stopwatch.GetTimestamp();

        await Task.WhenAll(Group.Hosts.Select(host => host.CrashAsync()));
        Group.StartAgents();

        var healthy = await Group.HealthyAsync();
        await writer.GoesOnAsync(RedisGroup.Soon);
        // What waits to be written to a log goes with its server, decision record 0026: a second or two of writes.
        var allowed = killed - (5 * Stopwatch.Frequency);
        var lost = writer.Lost(Group.Host(healthy.Primary!).Port);
        output.WriteLine($"all hosts: {lost.Count} of {writer.Keys.Count} acknowledged writes lost");
        lost.ShouldAllBe(key => key.At > allowed && key.At < killed + Stopwatch.Frequency);
    }

    [Fact]
    public async Task Switchovers_to_each_member_in_turn_under_several_writers_lose_nothing()
    {
        var first = await Group.PrimaryAsync();
        var writers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => KeyWriter.StartAsync(Group.Keys)));
        try
        {
            foreach (var target in Group.Others(first).Append(first))
            {
                var outcome = await Group.RunAsync("switchover", "--to", target.Name, "--yes");
                outcome.ExitCode.ShouldBe(0, outcome.Output + Group.Logs());
                (await Group.HealthyAsync()).Primary.ShouldBe(target.Name);
                await Task.WhenAll(writers.Select(writer => writer.GoesOnAsync(RedisGroup.Soon)));
            }

            writers.ShouldAllBe(writer => writer.Lost(first.Port).Count == 0);
        }
        finally
        {
            await Task.WhenAll(writers.Select(writer => writer.DisposeAsync().AsTask()));
        }
    }

    /// <summary>Writes go on, the old one follows, and what was lost is the old one's and within what the store allows.</summary>
    private async Task CheckAsync(KeyWriter writer, MemberHost old, long struck, string what)
    {
        var healthy = await Group.HealthyAsync();
        healthy.Primary.ShouldNotBe(old.Name);
        healthy.Of(old.Name).Role.ShouldBe("standby");
        await writer.GoesOnAsync(RedisGroup.Soon);
        var lost = writer.Lost(Group.Host(healthy.Primary!).Port);
        output.WriteLine(
            $"{what}: longest time without an acknowledged write {writer.LongestGap(struck).TotalMilliseconds:F0} ms, " +
            $"{lost.Count} of {writer.Keys.Count} acknowledged writes lost");
        var allowed = struck - (10 * Stopwatch.Frequency);
        lost.ShouldAllBe(key => key.At > allowed && key.Port == old.Port);
    }
}
