using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Redis;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Observation;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Harness.Members;

namespace Holdfast.Redis.Tests;

/// <summary>What members of two sites do for each other.</summary>
public sealed class SitesTests
{
    private static readonly StartSpec Detached = new(MemberRole.Standby, SyncRule.Blocked, GateOpen: false);

    [Fact]
    public async Task Only_who_leads_the_other_site_may_be_followed_and_what_follows_it_has_the_primarys_positions()
    {
        var (servers, c) = await Servers.StartAtTwoSitesAsync();
        await using var all = servers;
        Admits(servers, "b").ShouldBeTrue();

        await c.CloneAsync("b", new Progress<JobProgress>(), Servers.Stop);
        await c.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true, "b"), Servers.Stop);
        await servers.SeenAsync(c, view => view is { Streaming: true, Upstream: "b" });
        Admits(servers, "c").ShouldBeFalse();
        using var client = servers.Govern("a");
        client.Call("SET", "key", "1");
        var end = (await servers.A.ObserveAsync(Servers.Stop)).Position!.Value;
        (await servers.SeenAsync(c, view => view.Position?.Lsn >= end.Lsn)).Position!.Value.Timeline.ShouldBe(end.Timeline);
        (await servers.A.ObserveAsync(Servers.Stop)).Standbys.Select(standby => standby.Member).ShouldBe(["b"]);

        // Who leads no more is followed by nobody anew, and the new leader by who led before it.
        await c.DetachAsync(Servers.Stop);
        await c.AttachAsync("a", Servers.Stop);
        Admits(servers, "c").ShouldBeTrue();
        await servers.B.DetachAsync(Servers.Stop);
        await servers.B.AttachAsync("c", Servers.Stop);
        Admits(servers, "b").ShouldBeFalse();
        await servers.SeenAsync(servers.B, view => view is { Streaming: true, Upstream: "c" });
    }

    [Fact]
    public async Task Members_of_one_site_that_follow_each_other_admit_nobody()
    {
        await using var servers = await Servers.StartAsync();
        Admits(servers, "a").ShouldBeTrue();
        Admits(servers, "b").ShouldBeFalse();
    }

    [Fact]
    public async Task The_ledger_is_read_at_the_other_site_and_tells_no_more_than_is_there()
    {
        var (servers, _) = await Servers.StartAtTwoSitesAsync();
        await using var all = servers;
        (await servers.B.ReadHeartbeatAsync(Servers.Stop)).ShouldBeNull();

        var first = await servers.A.WriteHeartbeatAsync(1_000_001, Servers.Stop);
        var second = await servers.A.WriteHeartbeatAsync(4, Servers.Stop);

        first.Sequence.ShouldBeLessThan(second.Sequence);
        HeartbeatOf(await servers.A.ReadHeartbeatAsync(Servers.Stop)).ShouldBe(first, "the newest epoch's");
        await Harness.Eventually.TrueAsync(
            async () => Equals(await servers.B.ReadHeartbeatAsync(Servers.Stop), first), Servers.Soon, () => "the ledger does not come to the other site");
        await Should.ThrowAsync<EngineException>(() => servers.B.WriteHeartbeatAsync(1, Servers.Stop));
        Ledger.Read("x", "1|2|3").ShouldBeNull();
        Ledger.Newest([]).ShouldBeNull();
    }

    [Fact]
    public async Task A_primary_that_stops_in_good_order_without_a_snapshot_knows_where_its_data_end()
    {
        var (servers, _) = await Servers.StartAtTwoSitesAsync();
        await using var all = servers;
        using (var client = servers.Govern("a"))
        {
            // Above this a stop writes no snapshot.
            var big = new string('x', 1 << 20);
            for (var mebibyte = 0; mebibyte < 140; mebibyte++)
            {
                client.Call("SET", $"big:{mebibyte}", big);
            }
        }

        await servers.CaughtUpAsync();
        await servers.A.StopAsync(StopMode.Fast, Servers.Stop);

        var stopped = await servers.A.ObserveAsync(Servers.Stop);
        File.Exists(Path.Combine(servers.DataOf("a"), "dump.rdb")).ShouldBeFalse();
        (stopped.Process, stopped.CleanShutdown, stopped.Role).ShouldBe((ProcessState.Stopped, true, MemberRole.Primary));
        var end = stopped.Position.ShouldNotBeNull();
        await servers.SeenAsync(servers.B, view => view.Position is { } position && position.Timeline == end.Timeline && position.Lsn >= end.Lsn);

        // As a standby of another primary it is that far, no less and no more: nothing that it has is taken for lost.
        await servers.A.StartAsync(Detached, Servers.Stop);
        var view = await servers.SeenAsync(servers.A, view => view.Process == ProcessState.Running);
        (view.Position, view.Applied).ShouldBe((end, end.Lsn));
    }

    [Fact]
    public async Task Who_was_killed_knows_no_end()
    {
        await using var servers = await Servers.StartAsync();
        await servers.KillAsync(servers.A);
        var stopped = await servers.A.ObserveAsync(Servers.Stop);
        (stopped.CleanShutdown, stopped.Position).ShouldBe((false, null));
    }

    [Theory]
    [InlineData(null, null, false, null)]       // It has never said how far it is.
    [InlineData(900UL, 100L, false, 400L)]      // Away, and what it lacks is kept: 400 of 500 bytes are free still.
    [InlineData(500UL, 500L, false, 0L)]        // The oldest byte that is kept is the next that it needs.
    [InlineData(499UL, null, true, null)]       // One more, and it is gone.
    [InlineData(1000UL, 0L, false, 500L)]
    public void What_a_member_lacks_is_kept_or_lost(ulong? has, long? backlog, bool lost, long? room)
    {
        var link = new LinkObserver(Store, Store.Members["a"]);
        link.Note(has is { } lsn ? ImmutableDictionary<string, Lsn>.Empty.Add("b", new Lsn(lsn)) : ImmutableDictionary<string, Lsn>.Empty);

        link.Slots(Primary(), new Stretch(1, "aa", 0, Lsn.Zero)).ShouldBe([new SlotView("b", false, backlog, lost, room)]);
    }

    [Fact]
    public void Who_is_connected_confirms_by_itself_but_not_in_its_first_moment()
    {
        var link = new LinkObserver(Store, Store.Members["a"]);
        link.Note(ImmutableDictionary<string, Lsn>.Empty.Add("b", new Lsn(700)));

        link.Slots(Primary("slave0:ip=b,port=1,state=online,offset=990,lag=0"), new Stretch(1, "aa", 0, Lsn.Zero))
            .ShouldBe([new SlotView("b", true, 10, false, 490)]);
        link.Slots(Primary("slave0:ip=b,port=1,state=online,offset=0,lag=0"), new Stretch(1, "aa", 0, Lsn.Zero))
            .ShouldBe([new SlotView("b", true, 300, false, 200)]);
    }

    private static readonly StoreSpec Store = new()
    {
        Name = "orders",
        Kind = GroupOptions.Redis,
        Engine = new RedisSpec(),
        Members = ImmutableSortedDictionary<string, MemberSpec>.Empty.Add("a", Member("a", "fra", 1)).Add("b", Member("b", "ber", 2)),
    };

    private static MemberSpec Member(string name, string site, int number) => new()
    {
        Name = name,
        Site = site,
        Address = new Endpoint($"127.0.0.{number}", 1),
        Agent = new Endpoint($"127.0.0.{number}", 2),
        Data = $"/srv/{name}",
    };

    /// <summary>Its stream is at 1000, of which 500 bytes are kept.</summary>
    private static ServerInfo Primary(string standbys = "") => new(
        $"role:master\nmaster_replid:aa\nmaster_repl_offset:1000\nrepl_backlog_active:1\nrepl_backlog_first_byte_offset:501\nrepl_backlog_histlen:500\n" +
        $"repl_backlog_size:500\n{standbys}\n");

    private static Core.Loss.HeartbeatMark HeartbeatOf(Core.Loss.HeartbeatMark? mark) => mark.ShouldNotBeNull();

    /// <summary>Whether a member lets in who would copy from it.</summary>
    private static bool Admits(Servers servers, string member)
    {
        try
        {
            using var client = servers.Login(member, "holdfast-replication", "replication-password");
            return true;
        }
        catch (RedisRefusalException)
        {
            return false;
        }
    }
}
