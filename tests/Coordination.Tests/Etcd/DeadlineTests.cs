using Holdfast.Coordination.Etcd;
using Holdfast.Harness;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Network;
using Holdfast.Harness.Ports;

namespace Holdfast.Coordination.Tests.Etcd;

/// <summary>No call outlasts its deadline, and each fault says what may have happened.</summary>
[Trait("Speed", "Slow")]
public class DeadlineTests
{
    public static readonly TheoryData<string> Calls = ["read", "transact", "grant", "keep-alive", "keep-alive-blocking", "revoke"];

    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(400);

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_frozen_server_costs_no_call_more_than_its_deadline(string call)
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.Client();
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        await cluster.Servers[0].FreezeAsync();

        var start = TimeProvider.System.GetTimestamp();
        var fault = await EtcdClients.FaultOf(() => MakeAsync(client, call, lease));

        fault.Fault.ShouldBe(CoordinationFault.Indeterminate);
        TimeProvider.System.GetElapsedTime(start).ShouldBeInRange(EtcdClients.Timeout - Slack, EtcdClients.Timeout + Slack);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task With_nobody_there_every_call_fails_fast_and_says_where(string call)
    {
        var port = FreePorts.Take();
        await using var client = EtcdClients.Of(port);
        var fault = await EtcdClients.FaultOf(() => MakeAsync(client, call, 1));
        fault.Fault.ShouldBe(CoordinationFault.Unreachable);
        fault.Message.ShouldContain($"127.0.0.1:{port}");
        fault.Message.ShouldContain("Connection refused");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_server_that_refuses_is_passed_over_by_every_call(string call)
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = EtcdClients.Of(FreePorts.Take(), cluster.Servers[0].ClientPort);
        await using var direct = cluster.Client();
        await MakeAsync(client, call, await direct.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("keep-alive")]
    [InlineData("keep-alive-blocking")]
    public async Task A_server_that_swallows_is_passed_over_within_the_deadline(string call)
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var relay = new TcpRelay(cluster.Servers[0].ClientPort) { Mode = RelayMode.Swallow };
        await using var client = EtcdClients.Of(relay.Port, cluster.Servers[0].ClientPort);
        await using var direct = cluster.Client();
        var lease = await direct.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        var start = TimeProvider.System.GetTimestamp();
        await MakeAsync(client, call, lease);
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(EtcdClients.Timeout);
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_in_doubt_and_was_sent_once()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var relay = new TcpRelay(cluster.Servers[0].ClientPort);
        // Both ways lead to the same etcd: were the write repeated, it would be seen.
        await using var client = EtcdClients.Of(relay.Port, cluster.Servers[0].ClientPort);
        await using var direct = cluster.Client();
        var before = (await client.PutAsync("a", "1")).Revision;

        relay.Mode = RelayMode.SwallowAnswers;
        (await EtcdClients.FaultOf(() => client.PutAsync("a", "2"))).Fault.ShouldBe(CoordinationFault.Indeterminate);
        relay.Mode = RelayMode.Open;

        var after = await direct.ReadAsync("a", EtcdClients.Cancel);
        after.Revision.ShouldBe(before + 1);
        after.Keys["a"].Text.ShouldBe("2");
    }

    [Fact]
    public async Task A_write_on_a_connection_that_breaks_is_in_doubt_and_not_repeated()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var relay = new TcpRelay(cluster.Servers[0].ClientPort);
        await using var client = EtcdClients.Of(relay.Port, cluster.Servers[0].ClientPort);
        var before = (await client.PutAsync("a", "1")).Revision;
        relay.Mode = RelayMode.SwallowAnswers;
        var write = client.PutAsync("a", "2");
        await using var direct = cluster.Client();
        await Eventually.TrueAsync(
            async () => (await direct.ReadAsync("a", EtcdClients.Cancel)).Revision > before, EtcdClients.Timeout, () => "not written");
        relay.Mode = RelayMode.Refuse;

        (await EtcdClients.FaultOf(() => write)).Fault.ShouldBe(CoordinationFault.Indeterminate);

        (await client.ReadAsync("a", EtcdClients.Cancel)).Revision.ShouldBe(before + 1);
    }

    [Fact]
    public async Task The_first_call_after_a_restart_of_the_server_is_not_spoiled_by_the_old_connection()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.Client();
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        await client.PutAsync("a", "1");
        await cluster.Servers[0].KillAsync();
        await cluster.Servers[0].StartAsync();
        await client.PutAsync("a", "2");
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
    }

    private static async Task MakeAsync(EtcdCoordination client, string call, long lease)
    {
        switch (call)
        {
            case "read":
                await client.ReadAsync("a", EtcdClients.Cancel);
                break;
            case "transact":
                await client.PutAsync("a", "x");
                break;
            case "grant":
                await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
                break;
            case "keep-alive":
                (await client.KeepAliveAsync(lease, EtcdClients.Cancel)).ShouldNotBeNull();
                break;
            case "keep-alive-blocking":
                client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
                break;
            case "revoke":
                await client.RevokeLeaseAsync(lease, EtcdClients.Cancel);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(call), call, null);
        }
    }
}
