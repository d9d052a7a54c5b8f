using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Redis.Tests;

/// <summary>What must hold around the moment at which a server begins or ceases to take writes.</summary>
public sealed class PromotionTests
{
    [Fact]
    public async Task A_server_that_is_full_can_be_promoted()
    {
        await using var servers = await Servers.StartAsync();
        await servers.CaughtUpAsync();
        using var govern = servers.Govern("b");
        govern.Call("CONFIG", "SET", "maxmemory", "1");

        await PromoteAsync(servers);

        (await servers.SeenAsync(servers.B, view => view.Position is not null)).Position!.Value.Timeline.ShouldBe(2u);
        using var client = servers.Connect("b");
        Should.Throw<RedisRefusalException>(() => client.Call("SET", "x", "y")).Message.ShouldStartWith("OOM");
    }

    [Fact]
    public async Task A_primary_that_starts_from_an_older_snapshot_goes_on_above_all_that_the_store_has_had()
    {
        await using var servers = await Servers.StartAsync();
        await servers.CaughtUpAsync();
        var promoted = await PromoteAsync(servers);

        // As if it had ended before its first log was whole.
        await servers.KillAsync(servers.B);
        Directory.Delete(Path.Combine(servers.DataOf("b"), "appendonlydir"), recursive: true);
        await servers.B.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, GateOpen: true), Servers.Stop);

        var now = (await servers.SeenAsync(servers.B, view => view.Position is not null)).Position!.Value;
        now.Timeline.ShouldBe(2u);
        now.Lsn.ShouldBeGreaterThan(promoted.Lsn);
    }

    [Fact]
    public async Task Nobody_can_follow_a_standby_and_its_application_writes_as_soon_as_it_is_promoted()
    {
        await using var servers = await Servers.StartAsync();
        await servers.CaughtUpAsync();
        using var client = servers.Connect("b");
        Should.Throw<RedisRefusalException>(() => Replication(servers)).Message.ShouldStartWith("WRONGPASS");
        Should.Throw<RedisRefusalException>(() => client.Call("SET", "x", "y")).Message.ShouldStartWith("READONLY");
        Should.Throw<RedisRefusalException>(() => client.Call("SWAPDB", "0", "1")).Message.ShouldStartWith("NOPERM");

        await PromoteAsync(servers);

        client.Call("SET", "x", "y").ShouldBe("OK", "who was logged in to read can write now");
        Replication(servers);
    }

    [Fact]
    public async Task A_primary_is_not_stopped_in_good_order_while_a_standby_lacks_writes_and_goes_on()
    {
        await using var servers = await Servers.StartAsync();
        await servers.CaughtUpAsync();
        var standby = (await servers.B.ObserveAsync(Servers.Stop)).Main!.Pid;
        using var client = servers.Connect("a");
        Posix.Send(standby, Signal.Stop);
        client.Call("SET", "x", "y");

        (await Should.ThrowAsync<EngineException>(() => servers.A.StopAsync(StopMode.Fast, Servers.Stop))).Message
            .ShouldContain("0 of 1 standbys have confirmed");

        client.Call("SET", "x", "z").ShouldBe("OK");
        Posix.Send(standby, Signal.Continue);
        await servers.SeenAsync(servers.B, view => view.Streaming);
        await servers.A.StopAsync(StopMode.Fast, Servers.Stop);
        using var reader = servers.Connect("b");
        reader.Call("GET", "x").ShouldBe("z");
    }

    [Fact]
    public async Task A_gate_that_could_not_be_closed_is_not_said_to_be()
    {
        await using var servers = await Servers.StartAsync();
        var server = (await servers.A.ObserveAsync(Servers.Stop)).Main!.Pid;
        Posix.Send(server, Signal.Stop);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Should.ThrowAsync<OperationCanceledException>(() => servers.A.SetGateAsync(open: false, limit.Token));

        (await servers.A.ObserveAsync(Servers.Stop)).GateOpen.ShouldBeTrue();
        Posix.Send(server, Signal.Continue);
        await servers.A.SetGateAsync(open: false, Servers.Stop);
        (await servers.A.ObserveAsync(Servers.Stop)).GateOpen.ShouldBeFalse();
        Should.Throw<RedisRefusalException>(() => servers.Connect("a")).Message.ShouldStartWith("WRONGPASS");
    }

    private static void Replication(Servers servers)
    {
        using var replication = servers.Login("b", "holdfast-replication", "replication-password");
    }

    private static async Task<LogPosition> PromoteAsync(Servers servers)
    {
        await servers.B.DetachAsync(Servers.Stop);
        await servers.B.SetSyncAsync(SyncRule.None, Servers.Stop);
        await servers.B.PromoteAsync(Servers.Stop);
        return (await servers.SeenAsync(servers.B, view => view is { Role: MemberRole.Primary, Position: not null })).Position!.Value;
    }
}
