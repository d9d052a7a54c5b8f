using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests;

public class WholePathTests
{
    [Fact]
    public async Task A_group_is_born_replicates_fails_over_and_stops()
    {
        await using var group = new TestGroup(3);
        var a = group["a"];
        (await a.ObserveAsync(group.Token)).Data.ShouldBe(DataState.Empty);
        var progress = new Collected();
        await a.InitialiseAsync(progress, group.Token);
        progress.Reports.ShouldNotBeEmpty();
        var born = await a.ObserveAsync(group.Token);
        born.Data.ShouldBe(DataState.Present);
        born.SystemId.ShouldNotBeNull();
        born.CleanShutdown.ShouldBeTrue();

        await a.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, true), group.Token);
        await group.Eventually(a, view => view is { Process: ProcessState.Running, Role: MemberRole.Primary });
        await a.PrepareAccessAsync(group.Token);
        await a.PrepareAccessAsync(group.Token);
        await a.KeepLogForAsync(["b", "c"], group.Token);
        var b = await group.AddStandbyAsync("b", "a");
        var c = await group.AddStandbyAsync("c", "a");
        await group.SetRuleAsync("a", new SyncRule(["b", "c"], 1));
        await group.ExecuteAsync("a", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
        await a.ProbeCommitAsync(group.Token);
        (await b.ObserveAsync(group.Token)).SystemId.ShouldBe(born.SystemId);
        (await b.ProbePeerAsync("a", group.Token)).ShouldBeTrue();

        await a.StopAsync(StopMode.Immediate, group.Token);
        (await b.ProbePeerAsync("a", group.Token)).ShouldBeFalse();
        await b.DetachAsync(group.Token);
        await c.DetachAsync(group.Token);
        var promised = await group.Eventually(b, view => view.Position is not null && !view.Receiving);
        promised.Upstream.ShouldBeNull();
        promised.Position!.Value.Timeline.ShouldBe(1u);
        await b.SetSyncAsync(new SyncRule(["c"], 1), group.Token);
        await b.PromoteAsync(group.Token);
        await c.AttachAsync("b", group.Token);
        await b.ProbeCommitAsync(group.Token);
        await group.ExecuteAsync("b", "INSERT INTO t VALUES (2)");
        var promoted = await group.Eventually(b, view => view.EffectiveSync == new SyncRule(["c"], 1));
        promoted.Position!.Value.Timeline.ShouldBe(2u);
        promoted.History.ShouldBe([new TimelineStart(2, promised.Position!.Value.Lsn)]);
        var follower = await group.Eventually(c, view => view.Streaming && view.Position?.Timeline == 2);
        follower.History.ToArray().ShouldBe(promoted.History.ToArray());

        await b.StopAsync(StopMode.Fast, group.Token);
        var stopped = await group.Eventually(b, view => view.Position is not null);
        stopped.Process.ShouldBe(ProcessState.Stopped);
        stopped.CleanShutdown.ShouldBeTrue();
        stopped.Position!.Value.Timeline.ShouldBe(2u);
    }
}
