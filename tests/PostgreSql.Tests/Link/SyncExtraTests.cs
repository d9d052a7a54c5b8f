using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Link;

/// <summary>What commits wait for on top of the rule, on real servers.</summary>
[Trait("Speed", "Slow")]
public class SyncExtraTests
{
    [Fact]
    public async Task A_commit_waits_for_the_other_site_or_for_nobody_as_is_asked_and_never_for_less_than_the_rule()
    {
        // a and b at the active site; c leads at the passive one.
        await using var group = new TestGroup(3, remote: "c");
        var a = await group.StartPrimaryAsync("a");
        var b = await group.AddStandbyAsync("b", "a");
        var c = await group.AddStandbyAsync("c", "a");
        var rule = new SyncRule(["b"], 1);
        await group.SetRuleAsync("a", rule);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");

        await a.SetExtraAsync(new SyncExtra("c"), group.Token);
        var view = await group.Eventually(a, view => view.EffectiveSync == rule);
        (view.ConfiguredSync, view.ConfiguredExtra).ShouldBe((rule, new SyncExtra("c")));
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");

        // Without the other site a commit waits, and is let go as soon as it is asked for no more.
        await c.DetachAsync(group.Token);
        var waiting = group.ExecuteAsync("a", "INSERT INTO t VALUES (2)");
        await WaitsAsync(group);
        await a.SetExtraAsync(SyncExtra.None, group.Token);
        await waiting;

        // With the other site alone, and no candidate, nothing is acknowledged either.
        await c.AttachAsync("a", group.Token);
        await group.Eventually(a, view => view.Standbys.Any(standby => standby is { Member: "c", Streaming: true }));
        await a.SetExtraAsync(new SyncExtra("c"), group.Token);
        await b.DetachAsync(group.Token);
        waiting = group.ExecuteAsync("a", "INSERT INTO t VALUES (3)");
        await WaitsAsync(group);
        await b.AttachAsync("a", group.Token);
        await waiting;

        await a.SetExtraAsync(new SyncExtra(Hold: true), group.Token);
        (await group.Eventually(a, view => view.EffectiveSync == rule)).ConfiguredExtra.ShouldBe(new SyncExtra(Hold: true));
        waiting = group.ExecuteAsync("a", "INSERT INTO t VALUES (4)");
        await WaitsAsync(group);
        await a.SetExtraAsync(SyncExtra.None, group.Token);
        await waiting;

        // A rule that is changed keeps what is asked on top of it; the two do not get into each other's way.
        await a.SetExtraAsync(new SyncExtra("c"), group.Token);
        await group.SetRuleAsync("a", SyncRule.None);
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (5)");
        await c.DetachAsync(group.Token);
        waiting = group.ExecuteAsync("a", "INSERT INTO t VALUES (6)");
        await WaitsAsync(group);
        await a.SetExtraAsync(SyncExtra.None, group.Token);
        await waiting;
        (await group.AskAsync("a", "SELECT count(*)::text FROM t")).ShouldBe("6");
    }

    private static async Task WaitsAsync(TestGroup group)
    {
        await using var connection = await group.ConnectAsync("a");
        while (true)
        {
            await using var command = new Npgsql.NpgsqlCommand(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'", connection);
            if (await command.ExecuteScalarAsync(group.Token) is > 0L)
            {
                return;
            }

            await Task.Delay(5, group.Token);
        }
    }
}
