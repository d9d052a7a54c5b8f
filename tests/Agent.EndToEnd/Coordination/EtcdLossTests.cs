using System.Diagnostics;
using Holdfast.Harness.Members;
using Npgsql;

namespace Holdfast.Agent.EndToEnd.Coordination;

/// <summary>R5: coordination is away, and a zero-loss primary goes on.</summary>
[Collection(DisturbedEtcd.Name)]
[Trait("Speed", "Slow")]
public sealed class EtcdLossTests(ZeroLossGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task Commits_go_on_and_a_killed_server_is_restarted_in_place_behind_a_closed_gate()
    {
        var primary = await Group.PrimaryAsync();
        var epoch = (await primary.StatusAsync())!.Epoch;
        var begun = Stopwatch.GetTimestamp();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        await Group.Etcd.Servers[0].KillAsync();
        await Task.WhenAll(Group.Hosts.Select(host => host.SaysAsync(status => !status.CoordinationReachable, Soon, "coordination is away")));
        await writer.MoreAsync(100, Soon);
        writer.LongestGap(begun).ShouldBeLessThan(TimeSpan.FromSeconds(2));

        var server = primary.Postmaster;
        var logged = primary.Log().Length;
        primary.KillServer();

        await Eventually.TrueAsync(() => primary.Postmaster is { } pid && pid != server, Soon, () => $"no restart in place:\n{primary.Log()}");
        await writer.GoesOnAsync(Soon);
        var log = primary.Log()[logged..];
        log.IndexOf("rule=R5.restart", StringComparison.Ordinal).ShouldBeInRange(0, log.IndexOf("rule=R10.admit", StringComparison.Ordinal));
        log.ShouldContain("candidate(s) have flushed");

        await Group.Etcd.Servers[0].StartAsync();
        var healthy = await Group.HealthyAsync();
        (healthy.Primary, healthy.Epoch).ShouldBe((primary.Name, epoch));
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task All_agents_restarted_at_once_without_coordination_leave_the_servers_and_the_writer_alone()
    {
        var primary = await Group.PrimaryAsync();
        var servers = Group.Hosts.Select(host => host.Postmaster).ToList();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        await Group.Etcd.Servers[0].KillAsync();
        var begun = Stopwatch.GetTimestamp();

        await Task.WhenAll(Group.Hosts.Select(host => host.KillAgentAsync()));
        Group.StartAgents();

        await Task.WhenAll(Group.Hosts.Select(host => host.SaysAsync(status => status.Rule == "R5.unread", Soon, "nothing has been read")));
        await writer.MoreAsync(100, Soon);
        Group.Hosts.Select(host => host.Postmaster).ShouldBe(servers);
        await Group.Etcd.Servers[0].StartAsync();
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        Group.Hosts.Select(host => host.Postmaster).ShouldBe(servers);
        await writer.GoesOnAsync(Soon);
        writer.LongestGap(begun).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_primary_that_can_neither_commit_nor_ask_stops_serving_reads_after_the_limit()
    {
        await using var group = await Group.StartAsync(new GroupOptions().WithTiming("stale-read-limit", "3s"));
        var primary = await group.PrimaryAsync();
        await group.Etcd.Servers[0].KillAsync();
        await using var reader = new NpgsqlConnection(primary.ApplicationConnection);
        await reader.OpenAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(group.Others(primary).Select(host => host.CrashAsync()));
        (await CanReadAsync(reader)).ShouldBeTrue("reads are served until the limit");

        await Eventually.TrueAsync(async () => !await CanReadAsync(reader), Soon, () => "the session that reads goes on");
        await using var next = new NpgsqlConnection(primary.ApplicationConnection);
        (await Should.ThrowAsync<NpgsqlException>(next.OpenAsync(TestContext.Current.CancellationToken))).ShouldNotBeNull();
        primary.Postmaster.ShouldNotBeNull();
        primary.Log().ShouldContain("rule=R5.stop-serving");

        await group.Etcd.Servers[0].StartAsync();
        foreach (var host in group.Others(primary))
        {
            host.StartAgent();
        }

        await group.HealthyAsync();
        await using var writer = await RowWriter.StartAsync(group.Rows);
    }

    private static async Task<bool> CanReadAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand("select count(*) from writes", connection);
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            return false; // ended by the server; a connection that is closed says so by InvalidOperationException
        }
    }
}
