using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Leases;

/// <summary>A store that may lose ten seconds: no standby is waited for, and only time protects (R6).</summary>
public sealed class LeaseGroup() : SharedGroup(new GroupOptions { Rpo = "10s" }.WithTiming("lease", $"{Seconds}s"))
{
    public const int Seconds = 3;
}

[Trait("Speed", "Slow")]
public sealed class LeaseTests(LeaseGroup shared) : IClassFixture<LeaseGroup>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(LeaseGroup.Seconds);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task A_killed_host_is_replaced_only_when_its_lease_is_gone_and_no_more_is_lost_than_allowed()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        await writer.MoreAsync(100, Soon);
        var killed = Stopwatch.GetTimestamp();

        await old.CrashAsync();

        await Group.TakenOverAsync(old, Soon);
        // It was renewed last at most a quarter of itself (and a slow call) before the end.
        Stopwatch.GetElapsedTime(killed).ShouldBeGreaterThan(Lease / 2);
        await writer.GoesOnAsync(Soon);
        old.StartAgent();
        (await Group.HealthyAsync()).Mode.ShouldBe("lease");
        var allowed = killed - (long)(10 * Stopwatch.Frequency);
        var lost = await writer.LostAsync();
        writer.Rows.Where(row => lost.Contains(row.Id)).ShouldAllBe(row => row.At > allowed && row.Port == old.Port);
    }

    [Fact]
    public async Task A_primary_that_cannot_renew_has_stopped_before_its_lease_can_end()
    {
        var primary = await Group.PrimaryAsync();
        var frozen = Stopwatch.GetTimestamp();
        await Group.Etcd.Servers[0].FreezeAsync();

        await Eventually.TrueAsync(() => primary.Postmaster is null, Soon, () => $"the server goes on without a lease:\n{primary.Log()}");

        // The lease was renewed before the freeze at the latest, so it ends no earlier than this.
        Stopwatch.GetElapsedTime(frozen).ShouldBeLessThan(Lease);
        Group.Etcd.Servers[0].Thaw();
        await Group.HealthyAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
    }

    [Fact]
    public async Task When_the_agent_alone_is_frozen_the_guard_kills_the_server_by_the_deadline()
    {
        var primary = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        Posix.State(primary.Guard.ShouldNotBeNull()).ShouldNotBe('T');
        var frozen = Stopwatch.GetTimestamp();
        await primary.Agent.FreezeAsync();

        await Eventually.TrueAsync(() => primary.Postmaster is null, Soon, () => $"the guard did not kill the server; its log:\n{File.ReadAllText(primary.GuardLog)}");

        Stopwatch.GetElapsedTime(frozen).ShouldBeLessThan(Lease);
        var taker = await Group.TakenOverAsync(primary, Soon);
        await writer.GoesOnAsync(Soon);
        primary.Agent.Thaw();
        (await Group.HealthyAsync()).Primary.ShouldBe(taker.Name);
    }

    [Fact]
    public async Task A_killed_guard_is_replaced_and_armed()
    {
        var primary = await Group.PrimaryAsync();
        var killed = primary.Guard.ShouldNotBeNull();
        var server = primary.Postmaster;
        var logged = File.ReadAllText(primary.GuardLog).Length;
        Posix.Send(killed, Signal.Kill);

        await Eventually.TrueAsync(
            () => File.ReadAllText(primary.GuardLog)[logged..].Contains($"event=guard-armed pid={server}", StringComparison.Ordinal),
            Soon, () => $"no new guard is armed:\n{File.ReadAllText(primary.GuardLog)}\n{primary.Log()}");
        primary.Postmaster.ShouldBe(server);
    }

    [Fact]
    public async Task A_switchover_loses_nothing_although_the_store_might()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);

        var outcome = await Group.RunAsync("switchover", "--yes");

        outcome.ExitCode.ShouldBe(0, outcome.Output + Group.Logs());
        (await Group.HealthyAsync()).Primary.ShouldNotBe(old.Name);
        await writer.GoesOnAsync(Soon);
        (await writer.LostAsync()).ShouldBeEmpty();
    }
}
