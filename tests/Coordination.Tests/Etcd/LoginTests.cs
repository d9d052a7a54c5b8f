using Holdfast.Coordination.Etcd;
using Holdfast.Coordination.Tests.Conformance;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Harness.Etcd;

namespace Holdfast.Coordination.Tests.Etcd;

[Trait("Speed", "Slow")]
public class LoginTests
{
    private const string Root = "swordfish";

    [Fact]
    public async Task A_user_with_a_role_does_everything_on_its_own_keys_and_nothing_elsewhere()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { RootPassword = Root });
        await cluster.Admin.AddUserAsync("holdfast", "secret", "/system/");
        await using var client = Client(cluster, "holdfast", "secret");
        await using var log = new WatchLog(client, "/system/");
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        await client.TransactAsync(new Transaction([], [new Operation.Put("/system/a", "1", lease)]), EtcdClients.Cancel);
        (await client.KeepAliveAsync(lease, EtcdClients.Cancel)).ShouldNotBeNull();
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        await log.UntilAsync(seen => seen.Keys.ContainsKey("/system/a"));
        await client.RevokeLeaseAsync(lease, EtcdClients.Cancel);
        await log.UntilAsync(seen => seen.Keys.Count == 0);

        (await EtcdClients.FaultOf(() => client.PutAsync("/other/a", "1"))).Fault.ShouldBe(CoordinationFault.Forbidden);
        var fault = await EtcdClients.FaultOf(() => client.ReadAsync("/other/", EtcdClients.Cancel));
        fault.Fault.ShouldBe(CoordinationFault.Forbidden);
        fault.Message.ShouldContain("permission denied");
    }

    [Theory]
    [InlineData("root", "wrong")]
    [InlineData("nobody", Root)]
    [InlineData(null, null)]
    public async Task Wrong_or_missing_credentials_are_named_as_such(string? user, string? password)
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { RootPassword = Root });
        await using var client = Client(cluster, user, password);
        var fault = await EtcdClients.FaultOf(() => client.ReadAsync("a", EtcdClients.Cancel));
        fault.Fault.ShouldBe(CoordinationFault.Unauthenticated);
        fault.Message.ShouldContain("Check user and password");
        fault.Message.ShouldNotContain(Root);
        (await EtcdClients.FaultOf(() => client.PutAsync("a", "1"))).Fault.ShouldBe(CoordinationFault.Unauthenticated);
        await using var log = new WatchLog(client, "a");
        await log.UntilAsync<WatchUpdate.Disconnected>();
    }

    [Fact]
    public async Task A_user_in_the_file_does_no_harm_when_the_cluster_has_no_login()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = Client(cluster, "holdfast", "secret");
        await client.PutAsync("a", "1");
        client.KeepAlive(1, EtcdClients.Timeout).ShouldBeNull();
    }

    [Fact]
    public async Task Tokens_that_a_restarted_server_forgot_are_renewed_without_a_fault()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { RootPassword = Root });
        await using var client = Client(cluster, "root", Root);
        await using var watching = Client(cluster, "root", Root);
        await using var log = new WatchLog(watching, "/system/");
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        await log.UntilAsync<WatchUpdate.Alive>();
        await cluster.Servers[0].KillAsync();
        await cluster.Servers[0].StartAsync();

        (await client.PutAsync("/system/a", "1")).Succeeded.ShouldBeTrue();

        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        await log.UntilAsync(seen => seen.Keys.ContainsKey("/system/a"));
        log.Updates.OfType<WatchUpdate.Whole>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Expired_tokens_are_renewed_and_the_refused_write_is_done_once()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { RootPassword = Root, TokenSeconds = 1 });
        await using var client = Client(cluster, "root", Root);
        var before = (await client.PutAsync("a", "1")).Revision;
        for (var round = 1; round <= 2; round++)
        {
            // etcd looks for expired tokens once a second. There is nothing to observe but time itself.
            await Task.Delay(TimeSpan.FromSeconds(3), EtcdClients.Cancel);
            (await client.PutAsync("a", "2")).Revision.ShouldBe(before + round);
        }
    }

    private static EtcdCoordination Client(EtcdCluster cluster, string? user, string? password) => EtcdClients.Of(
        new CoordinationSpec { Endpoints = cluster.Endpoints, User = user, Password = password is null ? null : new Secret(password) });
}
