using Holdfast.Core.Failover;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Replication;

public class DetachTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_detached_standby_acknowledges_nothing_until_it_is_attached_again()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        var b = group["b"];
        var runs = (await b.ObserveAsync(group.Token)).RunId;
        for (var round = 0; round < 10; round++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await b.DetachAsync(group.Token);
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(2));
            var detached = await group.Eventually(b, view => view.Position is not null);
            detached.Receiving.ShouldBeFalse();
            detached.Upstream.ShouldBeNull();
            await using var stuck = await StuckCommit.StartAsync(group, "a", "INSERT INTO t VALUES (1)");
            var later = await b.ObserveAsync(group.Token);
            later.Position.ShouldBe(detached.Position);
            later.Receiving.ShouldBeFalse();
            await b.AttachAsync("a", group.Token);
            await stuck.Task;
        }

        (await b.ObserveAsync(group.Token)).RunId.ShouldBe(runs);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_standby_that_is_busy_replaying_detaches_as_well_and_counts_what_it_has_flushed()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        var b = group["b"];
        // A reader on the standby holds up the replay of the drop; the standby goes on flushing and acknowledging what comes after.
        await using var reader = await group.ConnectAsync("b");
        await Run(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t");
        await group.ExecuteAsync("a", "DROP TABLE t");
        await group.ExecuteAsync("a", "CREATE TABLE u AS SELECT generate_series(1, 100000) n");
        var flushed = Lsn.Parse((await group.AskAsync("a", "SELECT flush_lsn::text FROM pg_stat_replication"))!);
        var start = TimeProvider.System.GetTimestamp();
        await b.DetachAsync(group.Token);
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        var view = await b.ObserveAsync(group.Token);
        view.Receiving.ShouldBeFalse();
        view.Position!.Value.Lsn.ShouldBeGreaterThanOrEqualTo(flushed);
        await using var stuck = await StuckCommit.StartAsync(group, "a", "INSERT INTO u VALUES (1)");
        (await b.ObserveAsync(group.Token)).Receiving.ShouldBeFalse();
        await Run(reader, "ROLLBACK");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_standby_follows_a_new_primary_over_a_switch_of_timeline_without_restart()
    {
        await using var group = await TestGroup.StartedAsync(3);
        var (b, c) = (group["b"], group["c"]);
        var run = (await c.ObserveAsync(group.Token)).RunId;
        await group["a"].StopAsync(StopMode.Fast, group.Token);
        await b.DetachAsync(group.Token);
        await c.DetachAsync(group.Token);
        var before = await group.Eventually(c, view => view.Position is not null);
        before.Position!.Value.Timeline.ShouldBe(1u);
        await b.SetSyncAsync(new(["c"], 1), group.Token);
        await b.PromoteAsync(group.Token);
        await c.AttachAsync("b", group.Token);
        await b.ProbeCommitAsync(group.Token);
        var after = await group.Eventually(c, view => view.Streaming && view.Position?.Timeline == 2);
        after.RunId.ShouldBe(run);
        await c.DetachAsync(group.Token);
        var detached = await group.Eventually(c, view => view.Position is not null);
        detached.Position!.Value.Timeline.ShouldBe(2u);
        detached.History.ToArray().ShouldBe((await b.ObserveAsync(group.Token)).History.ToArray());

        // A restart knows no receiver: the position comes from what is in the log alone, and is the same.
        await c.StopAsync(StopMode.Immediate, group.Token);
        var stopped = await group.Eventually(c, view => view.Position is not null);
        stopped.Position!.Value.ShouldBe(detached.Position!.Value);
        await c.StartAsync(new StartSpec(MemberRole.Standby, Core.Quorum.SyncRule.Blocked, true), group.Token);
        var restarted = await group.Eventually(c, view => view.Position is not null);
        restarted.Position.ShouldBe(detached.Position);
    }

    private static async Task Run(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
