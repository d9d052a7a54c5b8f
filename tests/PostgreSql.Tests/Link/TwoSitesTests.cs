using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Link;

[Trait("Speed", "Slow")]
public class TwoSitesTests
{
    [Fact]
    public async Task The_other_site_follows_a_failover_without_restart_and_nobody_finds_the_log_gone()
    {
        // a and b at the active site; c leads at the passive one, and d streams from c.
        await using var group = new TestGroup(4, remote: "cd");
        var a = await group.StartPrimaryAsync("a");
        var b = await group.AddStandbyAsync("b", "a");
        var c = await group.AddStandbyAsync("c", "a");
        await c.KeepLogForAsync(["a", "b", "d"], group.Token);
        var d = await group.AddStandbyAsync("d", "c");
        await b.KeepLogForAsync(["a", "c", "d"], group.Token);
        await group.SetRuleAsync("a", new SyncRule(["b"], 1));
        await group.ExecuteAsync("a", "CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 10000)");
        var run = (await group.Eventually(d, view => view.Streaming)).RunId;
        (await group.Eventually(c, view => Slot(view, "d") is { Active: true, Lost: false })).Role.ShouldBe(MemberRole.Standby);

        // Nobody uses the slots for d at a and b: they follow what d has.
        var flushed = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await group.Eventually(d, view => view.Received >= flushed && view.Applied >= flushed);
        await group.Eventually(b, view => view.Applied >= flushed);
        var known = ImmutableDictionary<string, Lsn>.Empty.Add("d", flushed).Add("b", Lsn.Zero);
        foreach (var engine in (PostgreSqlEngine[])[a, b])
        {
            var before = Slot(await engine.ObserveAsync(group.Token), "d")!;
            (before.Active, before.Room > 0).ShouldBe((false, true));
            await engine.FollowSlotsAsync(known, group.Token);
            await engine.FollowSlotsAsync(known.SetItem("d", new Lsn(1)), group.Token);
            Slot(await engine.ObserveAsync(group.Token), "d")!.Backlog.ShouldNotBeNull().ShouldBeLessThan(before.Backlog!.Value);
        }

        await b.FollowSlotsAsync(known.SetItem("d", new Lsn(ulong.MaxValue)), group.Token);
        (await group.AskAsync("b", """
            SELECT (restart_lsn <= pg_last_wal_replay_lsn())::text FROM pg_replication_slots WHERE slot_name = 'holdfast_d'
            """)).ShouldBe("true");

        await a.StopAsync(StopMode.Immediate, group.Token);
        await b.DetachAsync(group.Token);
        await b.SetSyncAsync(SyncRule.None, group.Token);
        await b.PromoteAsync(group.Token);
        await c.AttachAsync("b", group.Token);
        var start = TimeProvider.System.GetTimestamp();
        await group.ExecuteAsync("b", "INSERT INTO t VALUES (0)");
        await group.Eventually(d, view => view.Streaming && view.Position?.Timeline == 2);
        while (await group.AskAsync("d", "SELECT count(*)::text FROM t WHERE n = 0") != "1")
        {
            await Task.Delay(5, group.Token);
        }

        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        (await d.ObserveAsync(group.Token)).RunId.ShouldBe(run);
        await group.Eventually(b, view => Slot(view, "c") is { Active: true } && view.LogRate is not null);

        // c stands still with a connection that lives: b's stop in good order does not wait for the other site for long.
        var receiver = await group.AskAsync("c", "SELECT pid::text FROM pg_stat_wal_receiver");
        await TestGroup.RunAsync("kill", "-STOP", receiver!);
        try
        {
            start = TimeProvider.System.GetTimestamp();
            await b.StopAsync(StopMode.Fast, group.Token);
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(2.5));
            (await group.Eventually(b, view => view.Position is not null)).CleanShutdown.ShouldBeTrue();
        }
        finally
        {
            await TestGroup.RunAsync("kill", "-CONT", receiver!);
        }
    }

    [Fact]
    public async Task Where_writes_stop_instead_the_queue_to_the_other_site_outlives_the_bound_and_others_do_not()
    {
        const long Bound = 16L << 20;
        await using var group = new TestGroup(
            3,
            spec => spec with
            {
                SlotBoundMebibytes = (int)(Bound >> 20),
                Parameters = spec.Parameters.SetItem("max_wal_size", "32MB").SetItem("min_wal_size", "32MB").SetItem("wal_keep_size", "0"),
            },
            remote: "c",
            shape: (store, _) => store with { Link = new SiteLinkSpec { QueueBound = Bound, QueueFull = QueueFullPolicy.StopWrites } });
        var a = await group.StartPrimaryAsync("a");
        for (var segment = 0; segment < 4; segment++)
        {
            await group.ExecuteAsync("a", "SELECT pg_logical_emit_message(true, 'x', 'y'), pg_switch_wal()");
        }

        await a.CheckpointAsync(group.Token);
        var full = await a.ObserveAsync(group.Token);
        full.Slots.ShouldAllBe(slot => !slot.Lost && slot.Backlog > Bound && slot.Room == 0);
        await a.FollowSlotsAsync(ImmutableDictionary<string, Lsn>.Empty, group.Token);
        var followed = await a.ObserveAsync(group.Token);
        Slot(followed, "b")!.Room.ShouldNotBeNull().ShouldBeGreaterThan(0);
        Slot(followed, "c").ShouldBe(Slot(full, "c"));
    }

    private static SlotView? Slot(EngineView view, string member) => view.Slots.FirstOrDefault(slot => slot.Member == member);
}
