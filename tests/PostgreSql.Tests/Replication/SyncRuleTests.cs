using System.Collections.Concurrent;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Replication;

public class SyncRuleTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task After_a_protecting_rule_is_effective_nothing_is_acknowledged_alone()
    {
        await using var group = new TestGroup(2);
        var a = await group.StartPrimaryAsync("a");
        await group.ExecuteAsync("a", "CREATE TABLE t (n bigserial)");
        await group.Eventually(a, view => view.EffectiveSync == SyncRule.None);
        for (var round = 0; round < 3; round++)
        {
            var acknowledged = new ConcurrentQueue<long>();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(group.Token);
            var writers = Enumerable.Range(0, 4).Select(_ => WriteAsync(group, acknowledged, stop.Token)).ToArray();
            await Until(() => acknowledged.Count > 100, group.Token);

            await a.SetSyncAsync(new SyncRule(["b"], 1), group.Token);
            await group.Eventually(a, view => view.EffectiveSync == new SyncRule(["b"], 1));
            var effective = TimeProvider.System.GetTimestamp();

            // Every writer gets stuck, and nothing was acknowledged to a commit that began after the rule was effective.
            await Until(async () => await WaitingAsync(group) == "4", group.Token);
            acknowledged.Count(begun => begun > effective).ShouldBe(0);
            await stop.CancelAsync();
            await group.SetRuleAsync("a", SyncRule.None);
            await Task.WhenAll(writers); // Each ends with its commit, which nothing holds up any more.
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_group_grows_raises_lowers_and_shrinks_and_each_rule_takes_effect()
    {
        await using var group = await TestGroup.StartedAsync(3);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await group.SetRuleAsync("a", new SyncRule(["b"], 1));
        (await Counts(group)).ShouldBe(["b"]);
        await group.SetRuleAsync("a", new SyncRule(["b", "c"], 1));
        (await Counts(group)).ShouldBe(["b", "c"]);

        await group["c"].DetachAsync(group.Token);
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");
        await group.SetRuleAsync("a", new SyncRule(["b", "c"], 2));
        await using var stuck = await StuckCommit.StartAsync(group, "a", "INSERT INTO t VALUES (2)");
        await group.SetRuleAsync("a", new SyncRule(["b", "c"], 1));
        await stuck.Task;

        await using var blocked = await BlockedThen(group, SyncRule.Blocked);
        await group.SetRuleAsync("a", new SyncRule(["b"], 1));
        await blocked.Task;
        await group["c"].AttachAsync("a", group.Token);
        await group.Eventually(
            group["a"], view => view.Standbys.Any(standby => standby is { Member: "c", Streaming: true, Counts: false }));
        (await group["a"].ObserveAsync(group.Token)).EffectiveSync.ShouldBe(new SyncRule(["b"], 1));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_raise_of_k_binds_senders_that_already_ran()
    {
        await using var group = await TestGroup.StartedAsync(3);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        for (var round = 0; round < 5; round++)
        {
            await group.SetRuleAsync("a", new SyncRule(["b", "c"], 1));
            await group["c"].DetachAsync(group.Token);
            await group.SetRuleAsync("a", new SyncRule(["b", "c"], 2));
            await using var stuck = await StuckCommit.StartAsync(group, "a", "INSERT INTO t VALUES (1)");
            await group["c"].AttachAsync("a", group.Token);
            await stuck.Task;
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task The_rule_of_a_running_server_is_known_to_a_new_agent()
    {
        await using var group = await TestGroup.StartedAsync(2);
        var again = await group.RestartAgentAsync("a");
        await group.Eventually(again, view => view.EffectiveSync == new SyncRule(["b"], 1));

        // Between None and a proof the agent may die: the next one does not believe the rule, and proves it.
        await group.SetRuleAsync("a", SyncRule.None);
        again = await group.RestartAgentAsync("a");
        await group.Eventually(again, view => view.EffectiveSync == SyncRule.None);
        await group.SetRuleAsync("a", new SyncRule(["b"], 1));
        File.Exists(group.Spec("a").Data + ".holdfast/alone").ShouldBeFalse();
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_rule_written_while_commits_may_be_acknowledged_alone_is_not_believed_before_a_proof()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group.SetRuleAsync("a", SyncRule.None);
        // As an agent leaves it that wrote the rule and died before the proof.
        var conf = Path.Combine(group.Spec("a").Data, "holdfast.conf");
        var text = await File.ReadAllTextAsync(conf, group.Token);
        await File.WriteAllTextAsync(
            conf, text.Replace("synchronous_standby_names = ''", "synchronous_standby_names = 'ANY 1 (\"b\")'"), group.Token);
        await TestGroup.RunAsync("kill", "-HUP", group.PostmasterPid("a").ToString());
        await group.Eventually(group["a"], view => view.ConfiguredSync == new SyncRule(["b"], 1));
        for (var look = 0; look < 20; look++)
        {
            (await group["a"].ObserveAsync(group.Token)).EffectiveSync.ShouldBeNull();
        }

        await group.SetRuleAsync("a", new SyncRule(["b"], 1));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_standby_promoted_under_a_rule_never_acknowledges_alone()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group["a"].StopAsync(StopMode.Immediate, group.Token);
        var b = group["b"];
        await b.DetachAsync(group.Token);
        (await group.Eventually(b, view => view.EffectiveSync is not null)).EffectiveSync.ShouldBe(SyncRule.Blocked);
        await b.SetSyncAsync(new SyncRule(["a"], 1), group.Token);
        await b.PromoteAsync(group.Token);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await Should.ThrowAsync<OperationCanceledException>(() => b.ProbeCommitAsync(deadline.Token));
        await group.Eventually(b, view => view.EffectiveSync == new SyncRule(["a"], 1));
    }

    private static async Task<StuckCommit> BlockedThen(TestGroup group, SyncRule rule)
    {
        await group.SetRuleAsync("a", rule);
        return await StuckCommit.StartAsync(group, "a", "INSERT INTO t VALUES (3)");
    }

    private static async Task<string[]> Counts(TestGroup group) =>
        [.. (await group["a"].ObserveAsync(group.Token)).Standbys.Where(standby => standby.Counts).Select(standby => standby.Member)];

    private static async Task<string?> WaitingAsync(TestGroup group) =>
        await group.AskAsync(
            "a", "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'");

    private static async Task WriteAsync(TestGroup group, ConcurrentQueue<long> acknowledged, CancellationToken stop)
    {
        await using var connection = await group.ConnectAsync("a");
        while (!stop.IsCancellationRequested)
        {
            var begun = TimeProvider.System.GetTimestamp();
            await using var command = new NpgsqlCommand("INSERT INTO t DEFAULT VALUES", connection);
            await command.ExecuteNonQueryAsync(group.Token);
            acknowledged.Enqueue(begun);
        }
    }

    private static Task Until(Func<bool> condition, CancellationToken token) => Until(() => Task.FromResult(condition()), token);

    private static async Task Until(Func<Task<bool>> condition, CancellationToken token)
    {
        while (!await condition())
        {
            await Task.Delay(10, token);
        }
    }
}
