using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;

namespace Holdfast.Redis.Tests;

/// <summary>What a member was elected with it still has when its server ends before it is promoted.</summary>
public sealed class EndTests
{
    private static readonly StartSpec Detached = new(MemberRole.Standby, SyncRule.Blocked, GateOpen: false);

    [Fact]
    public async Task A_detached_standby_whose_server_was_killed_starts_with_all_that_it_promised_and_can_be_promoted()
    {
        await using var servers = await Servers.StartAsync();
        var promised = await WrittenAndDetachedAsync(servers);

        await servers.KillAsync(servers.B);
        await servers.B.StartAsync(Detached, Servers.Stop);

        var view = await servers.SeenAsync(servers.B, view => view.Process == ProcessState.Running);
        (view.Position, view.Applied).ShouldBe((promised, promised.Lsn));
        await servers.B.SetSyncAsync(SyncRule.None, Servers.Stop);
        await servers.B.PromoteAsync(Servers.Stop);
        view = await servers.SeenAsync(servers.B, view => view is { Role: MemberRole.Primary, Position: not null });
        view.History.ShouldBe([new TimelineStart(2, promised.Lsn)], "nobody who has as much may seem to have more");
        using var client = servers.Govern("b");
        client.Call("GET", "key").ShouldBe("499");
    }

    [Fact]
    public async Task The_same_after_two_ends_of_the_server()
    {
        await using var servers = await Servers.StartAsync();
        var promised = await WrittenAndDetachedAsync(servers);
        for (var i = 0; i < 2; i++)
        {
            await servers.KillAsync(servers.B);
            await servers.B.StartAsync(Detached, Servers.Stop);
            (await servers.SeenAsync(servers.B, view => view.Process == ProcessState.Running)).Position.ShouldBe(promised);
        }
    }

    [Fact]
    public async Task Who_has_attached_again_claims_no_more_than_its_mark()
    {
        await using var servers = await Servers.StartAsync();
        var promised = await WrittenAndDetachedAsync(servers);
        await servers.B.AttachAsync("a", Servers.Stop);
        await servers.SeenAsync(servers.B, view => view.Streaming);
        Write(servers);
        await servers.CaughtUpAsync();

        await servers.KillAsync(servers.B);
        await servers.B.StartAsync(Detached, Servers.Stop);

        var view = await servers.SeenAsync(servers.B, view => view.Process == ProcessState.Running);
        view.Applied.ShouldBe(new Lsn(ulong.MaxValue));
        view.Position.ShouldNotBe(promised);
    }

    [Fact]
    public async Task A_log_that_was_changed_since_is_not_believed()
    {
        await using var servers = await Servers.StartAsync();
        await WrittenAndDetachedAsync(servers);
        await servers.KillAsync(servers.B);
        var newest = Directory.EnumerateFiles(Path.Combine(servers.DataOf("b"), "appendonlydir"), "*.incr.aof").Order(StringComparer.Ordinal).Last();
        File.AppendAllText(newest, "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\ny\r\n");

        await servers.B.StartAsync(Detached, Servers.Stop);

        (await servers.SeenAsync(servers.B, view => view.Process == ProcessState.Running)).Applied.ShouldBe(new Lsn(ulong.MaxValue));
    }

    private static async Task<LogPosition> WrittenAndDetachedAsync(Servers servers)
    {
        Write(servers);
        await servers.CaughtUpAsync();
        await servers.B.DetachAsync(Servers.Stop);
        return (await servers.B.ObserveAsync(Servers.Stop)).Position.ShouldNotBeNull();
    }

    private static void Write(Servers servers)
    {
        using var client = servers.Connect("a");
        for (var i = 0; i < 500; i++)
        {
            client.Call("SET", "key", i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
