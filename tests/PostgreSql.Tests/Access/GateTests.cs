using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Access;

public class GateTests
{
    [Fact]
    public async Task A_closed_gate_ends_clients_and_refuses_new_ones_but_not_Holdfast()
    {
        await using var group = new TestGroup(2);
        var a = await group.StartPrimaryAsync("a");
        await using var client = await group.ConnectAsync("a");
        await a.SetGateAsync(false, group.Token);
        await Should.ThrowAsync<NpgsqlException>(async () =>
        {
            await using var command = new NpgsqlCommand("SELECT 1", client);
            await command.ExecuteScalarAsync();
        });
        (await Should.ThrowAsync<PostgresException>(() => group.ConnectAsync("a"))).SqlState.ShouldBe("28000");
        var closed = await a.ObserveAsync(group.Token);
        closed.GateOpen.ShouldBeFalse();
        closed.Process.ShouldBe(ProcessState.Running);
        (await group["b"].ProbePeerAsync("a", group.Token)).ShouldBeTrue();
        await group["b"].CloneAsync("a", TestGroup.NoProgress, group.Token);

        // The gate is a fact of the server, not of the agent.
        (await (await group.RestartAgentAsync("a")).ObserveAsync(group.Token)).GateOpen.ShouldBeFalse();
        await group["a"].SetGateAsync(true, group.Token);
        (await group["a"].ObserveAsync(group.Token)).GateOpen.ShouldBeTrue();
        await using var again = await group.ConnectAsync("a");
    }

    [Fact]
    public async Task A_server_started_with_its_gate_closed_admits_nobody()
    {
        await using var group = new TestGroup(1);
        await group.StartPrimaryAsync("a", gateOpen: false);
        (await Should.ThrowAsync<PostgresException>(() => group.ConnectAsync("a"))).SqlState.ShouldBe("28000");
    }

    [Fact]
    public async Task A_commit_that_waits_for_standbys_is_shown_to_nobody_when_the_gate_closes()
    {
        await using var group = new TestGroup(2);
        var a = await group.StartPrimaryAsync("a");
        await group.ExecuteAsync("a", "CREATE TABLE kept (id int PRIMARY KEY)");
        await group.SetRuleAsync("a", SyncRule.Blocked);
        await using var stuck = await StuckCommit.StartAsync(group, "a", "INSERT INTO kept VALUES (1)");
        await using var reader = await group.ConnectAsync("a");
        await a.SetGateAsync(false, group.Token);
        await Should.ThrowAsync<NpgsqlException>(async () =>
        {
            await using var command = new NpgsqlCommand("SELECT 1", reader);
            await command.ExecuteScalarAsync();
        });

        await a.SetGateAsync(true, group.Token);
        (await group.AskAsync("a", "SELECT count(*)::text FROM kept")).ShouldBe("0");
        stuck.Task.IsCompleted.ShouldBeFalse();
        await group.SetRuleAsync("a", SyncRule.None);
        await stuck.Task;
        (await group.AskAsync("a", "SELECT count(*)::text FROM kept")).ShouldBe("1");
    }
}
