using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

[Trait("Speed", "Slow")]
public class LossListTests
{
    [Fact]
    public async Task What_is_listed_is_exactly_what_was_committed_and_did_not_arrive()
    {
        await using var disaster = await Disaster.StartAsync(async group =>
        {
            await group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE log (id int, what text)");
            await group.ExecuteAsync("a", "CREATE DATABASE shop");
            await group.ExecuteAsync("a", "CREATE TABLE basket (id int PRIMARY KEY)", "shop");
        });
        var group = disaster.Group;
        await group.ExecuteAsync("a", "INSERT INTO t SELECT i, 'arrived' FROM generate_series(1, 50) i");
        await disaster.Old.WriteHeartbeatAsync(7, group.Token);
        await disaster.AwaitArrivalAsync();
        await disaster.KeepDecodableAsync();
        var arrived = await disaster.Old.WriteHeartbeatAsync(7, group.Token);
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (51, 'arrived')");
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();

        await group.ExecuteAsync("a", "INSERT INTO t SELECT i, 'lost' FROM generate_series(100, 149) i");
        await group.ExecuteAsync("a", "INSERT INTO basket SELECT i FROM generate_series(500, 509) i", "shop");
        await group.ExecuteAsync("a", "BEGIN; INSERT INTO t VALUES (200, 'rolled back'); ROLLBACK");
        await group.ExecuteAsync("a", """
            BEGIN; SAVEPOINT one; INSERT INTO t VALUES (201, 'rolled back to the savepoint'); ROLLBACK TO one;
            SAVEPOINT two; INSERT INTO t VALUES (202, 'lost'); RELEASE two; INSERT INTO log VALUES (1, 'lost'); COMMIT
            """);
        var known = await disaster.Old.WriteHeartbeatAsync(7, group.Token);
        await disaster.Old.ProbeCommitAsync(group.Token);
        await group.ExecuteAsync("a", "INSERT INTO t SELECT i, 'lost' FROM generate_series(1000, 1999) i");
        await using (var open = await StuckTransaction.BeginAsync(group, "INSERT INTO t VALUES (9999, 'never committed')"))
        {
            await disaster.StrikeAsync();
        }

        var (report, lost) = await disaster.ReturnAsync();
        report.Gaps.ShouldBeEmpty();
        report.IsComplete.ShouldBeTrue();
        HashSet<int> written = [.. Enumerable.Range(100, 50), 202, .. Enumerable.Range(1000, 1000)];
        var listed = lost.SelectMany(transaction => transaction.Changes)
            .Where(change => change.Table.Name == "t").Select(change => int.Parse(change.New[0].Text!)).ToList();
        listed.Count.ShouldBe(written.Count);
        listed.ToHashSet().SetEquals(written).ShouldBeTrue();
        lost.SelectMany(transaction => transaction.Changes).Count(change => change.Table.Name == "basket").ShouldBe(10);
        lost.Select(transaction => transaction.Transaction.Database).ShouldBe(["postgres", "shop", "postgres", "postgres"]);
        lost.Select(transaction => transaction.Transaction.Changes).ShouldBe([50, 10, 2, 1000]);
        report.Transactions.ShouldBe(4);
        report.Changes.ShouldBe(1062);
        lost.ShouldAllBe(transaction => Lsn.Parse(transaction.Transaction.Lsn) > disaster.Fork.Lsn);
        report.LastArrived.ShouldBe(arrived);
        report.LastKnown.ShouldBe(known);
        (await disaster.New.ReadHeartbeatAsync(group.Token)).ShouldBe(arrived);
        (await group.AskAsync("b", "SELECT max(id)::text FROM t")).ShouldBe("51");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(group.Spec("a").Data + ".holdfast/salvage", report.Id)))
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }

        // It can be asked again, and the old primary can be rewound and follow, without any of those slots.
        (await disaster.DecodeAsync()).Id.ShouldBe(report.Id);
        await disaster.New.CheckpointAsync(group.Token);
        await disaster.Old.RewindAsync("b", disaster.Fork, TestGroup.NoProgress, group.Token);
        await disaster.New.KeepLogForAsync(["a"], group.Token);
        await disaster.Old.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true, Upstream: "b"), group.Token);
        await group.Eventually(disaster.Old, view => view.Streaming && view.Position?.Timeline == 2);
        (await group.AskAsync("a", "SELECT count(*)::text FROM pg_replication_slots WHERE slot_type = 'logical'")).ShouldBe("0");
        (await group.AskAsync("a", "SELECT max(id)::text FROM t")).ShouldBe("51");
    }
}
