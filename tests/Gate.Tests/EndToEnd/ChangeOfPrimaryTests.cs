using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Network;
using Npgsql;

namespace Holdfast.Gate.Tests.EndToEnd;

/// <summary>What clients of a gate see when the primary changes, is lost, or freezes.</summary>
[Trait("Speed", "Slow")]
public sealed class ChangeOfPrimaryTests(GateGroup shared) : IClassFixture<GateGroup>
{
    private static readonly TimeSpan CutOff = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Group Group => shared.Group;
    private RunningGate Gate => shared.Gate;
    private string ReadWrite => RunningGate.ConnectionString(Group, Gate.ReadWrite);

    [Fact]
    public async Task A_switchover_under_load_is_a_pause_and_no_attempt_to_connect_fails()
    {
        var old = await Group.PrimaryAsync();
        await using var session = new NpgsqlConnection(ReadWrite);
        await session.OpenAsync(Token);
        await using var callers = new Callers(ReadWrite);
        await callers.GoesOnAsync();
        var begun = Stopwatch.GetTimestamp();

        var target = Group.Others(old).First();
        (await Group.RunAsync("switchover", "--to", target.Name, "--yes")).ExitCode.ShouldBe(0);
        await Gate.SaysAsync(status => status.Stores[0] is { Admits: true } store && store.Primary == target.Name, $"{target.Name} gets the connections");
        await callers.GoesOnAsync();

        callers.Failed.ShouldBeEmpty(Gate.Log);
        TestContext.Current.SendDiagnosticMessage($"longest attempt: {callers.LongestAttempt(begun).TotalMilliseconds:0} ms");
        callers.LongestAttempt(begun).ShouldBeLessThan(TimeSpan.FromSeconds(3));
        await Should.ThrowAsync<NpgsqlException>(AskAsync(session, "select 1"), "a session on the former primary has been ended");
        await AllAreThereAsync(callers);
    }

    [Fact]
    public async Task A_killed_server_is_replaced_and_what_was_acknowledged_through_the_gate_is_there()
    {
        var old = await Group.PrimaryAsync();
        await using var callers = new Callers(ReadWrite);
        await callers.GoesOnAsync();

        old.KillServer();

        var taker = await Group.TakenOverAsync(old, Soon);
        await Gate.SaysAsync(status => status.Stores[0] is { Admits: true } store && store.Primary == taker.Name, $"{taker.Name} gets the connections");
        await callers.GoesOnAsync();
        await AllAreThereAsync(callers);
    }

    [Fact]
    public async Task A_frozen_primary_loses_its_connections_while_it_is_frozen_and_its_health_endpoint_says_nothing_good()
    {
        var old = await Group.PrimaryAsync();
        await using var session = new NpgsqlConnection(ReadWrite);
        await session.OpenAsync(Token);
        await old.FreezeAsync();
        try
        {
            (await old.GetAsync("/primary")).ShouldBeNull();
            var hangs = AskAsync(session, "insert into writes (id) values (-7)");

            // Ended by the gate: the server cannot have ended it.
            await Should.ThrowAsync<NpgsqlException>(hangs.WaitAsync(Soon, Token));
            await using var next = new NpgsqlConnection(ReadWrite);
            await next.OpenAsync(Token);
            await AskAsync(next, "insert into writes (id) values (-8)");
        }
        finally
        {
            old.Thaw();
        }

        await Group.HealthyAsync();
        var ids = await Group.Rows.IdsAsync();
        ids.ShouldContain(-8);
        ids.ShouldNotContain(-7);
    }

    [Fact]
    public async Task Without_etcd_the_primarys_agent_vouches_and_without_both_the_connections_end_within_the_bound()
    {
        var primary = await Group.PrimaryAsync();
        await using var session = new NpgsqlConnection(ReadWrite);
        await session.OpenAsync(Token);
        Gate.Etcd.Mode = RelayMode.Swallow;
        try
        {
            await Gate.SaysAsync(status => !status.Stores[0].Problems.IsEmpty, "etcd does not answer");
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < CutOff + TimeSpan.FromSeconds(1);)
            {
                await AskAsync(session, "select pg_sleep(0.1)");
                (await Gate.StatusAsync())!.Stores[0].Admits.ShouldBeTrue(Gate.Log);
            }

            // The group goes on with etcd and elects; the gate hears of it from the agents alone.
            await primary.FreezeAsync();
            var frozen = Stopwatch.GetTimestamp();
            await Should.ThrowAsync<NpgsqlException>(AskAsync(session, "select 1").WaitAsync(Soon, Token));
            Stopwatch.GetElapsedTime(frozen).ShouldBeLessThan(CutOff + TimeSpan.FromSeconds(1.5));
            var taker = await Group.TakenOverAsync(primary, Soon);
            await Gate.SaysAsync(status => status.Stores[0] is { Admits: true } store && store.Primary == taker.Name, "it follows by the agents' word");
        }
        finally
        {
            primary.Thaw();
            Gate.Etcd.Mode = RelayMode.Open;
        }

        await Group.HealthyAsync();
        (await Gate.SaysAsync(status => status.Stores[0].Problems.IsEmpty, "all is well")).Admits.ShouldBeTrue();
    }

    [Fact]
    public async Task Reading_connections_are_spread_over_standbys_and_leave_one_that_is_lost()
    {
        var primary = await Group.PrimaryAsync();
        var standbys = Group.Others(primary).ToList();
        await Gate.SaysAsync(status => status.Stores[0].Standbys.Length == 2, "both standbys are healthy");
        var readers = new List<NpgsqlConnection>();
        try
        {
            for (var count = 0; count < 6; count++)
            {
                var reader = new NpgsqlConnection(RunningGate.ConnectionString(Group, Gate.ReadOnly));
                readers.Add(reader);
                await reader.OpenAsync(Token);
                (await AskAsync(reader, "select pg_is_in_recovery()")).ShouldBe(true);
            }

            var store = await Gate.SaysAsync(_ => true, "anything");
            standbys.Select(host => store.ReadOnly.PerMember[host.Name]).ShouldBe([3, 3]);
            (await Gate.MetricsAsync()).ShouldContain("holdfast_gate_connections{store=\"orders\",port=\"read-only\"} 6\n");

            await Task.WhenAll(standbys.Select(host => host.CrashAsync()));
            await Gate.SaysAsync(status => status.Stores[0].Standbys.SequenceEqual([primary.Name]), "reads go to the primary instead");
            await using var last = new NpgsqlConnection(RunningGate.ConnectionString(Group, Gate.ReadOnly));
            await last.OpenAsync(Token);
            (await AskAsync(last, "select pg_is_in_recovery()")).ShouldBe(false);
        }
        finally
        {
            foreach (var reader in readers)
            {
                await reader.DisposeAsync();
            }

            standbys.ForEach(host => host.StartAgent());
            await Group.HealthyAsync();
        }
    }

    private async Task AllAreThereAsync(Callers callers)
    {
        await callers.StopAsync();
        await Group.HealthyAsync();
        callers.Acknowledged.Except(await Group.Rows.IdsAsync()).ShouldBeEmpty();
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
