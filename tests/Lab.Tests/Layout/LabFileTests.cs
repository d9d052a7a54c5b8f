using System.Collections.Immutable;
using Holdfast.Configuration;
using Holdfast.Lab.Layout;

namespace Holdfast.Lab.Tests.Layout;

/// <summary>The user's file, on the laboratory's hosts.</summary>
public sealed class LabFileTests
{
    [Theory]
    [InlineData("lab.yaml", 5, 3, 8)]
    [InlineData("lab-one-site.yaml", 3, 3, 3)]
    [InlineData("one-site.yaml", 3, 1, 4)]
    [InlineData("two-sites.yaml", 5, 3, 8)]
    [InlineData("two-sites-local.yaml", 6, 9, 9)]
    public void Every_example_gives_a_valid_file_of_as_many_hosts_as_it_names(string name, int members, int etcd, int hosts)
    {
        var file = LabFile.Load(Repository.PathOf($"examples/{name}"), null);

        var topology = file.Topology;
        (topology.Members.Length, topology.Etcd.Length).ShouldBe((members, etcd));
        topology.Sites.Keys.SelectMany(topology.HostsAt).Distinct().Count().ShouldBe(hosts);
        var result = SystemFile.Parse(file.Rewritten(Place(topology)), "/tmp", new PretendedFiles());
        result.Errors.Select(error => error.ToString()).ShouldBeEmpty();
        var store = result.System!.Stores.ShouldHaveSingleItem().Value;
        store.Members.Count.ShouldBe(members);
        store.Members.Values.ShouldAllBe(member => member.Address.Host.StartsWith("10.200.", StringComparison.Ordinal));
        (store.Timing, store.HostLoss, store.SiteLoss, store.Unprotected, store.Isolation, store.SiteFailover).ShouldBe(
            (topology.Store.Timing, topology.Store.HostLoss, topology.Store.SiteLoss, topology.Store.Unprotected, topology.Store.Isolation, topology.Store.SiteFailover));
        (store.Archive, store.BeforeMove).ShouldBe((null, null));
        (store.Gate.ReadWrite.Port, store.Gate.ReadOnly.Port, store.Gate.CutOff).ShouldBe((6001, 6002, topology.Store.Gate.CutOff));
    }

    [Fact]
    public void Names_of_hosts_fit_into_names_of_devices()
    {
        var topology = LabFile.Load(Repository.PathOf("examples/two-sites-local.yaml"), null).Topology;

        topology.Sites.Keys.SelectMany(topology.HostsAt).ShouldAllBe(host => host.Length <= 13);
    }

    [Fact]
    public void An_etcd_server_shares_the_host_of_the_member_at_its_address()
    {
        var topology = LabFile.Load(Repository.PathOf("examples/lab-one-site.yaml"), null).Topology;

        topology.Etcd.Select(server => server.Host).ShouldBe(topology.Members.Select(member => member.Host));
    }

    [Fact]
    public void Etcd_servers_on_addresses_of_their_own_are_spread_over_the_sites()
    {
        var topology = LabFile.Load(Repository.PathOf("examples/lab.yaml"), null).Topology;

        topology.Etcd.Select(server => server.Site).ShouldBe(["ber", "fra", "muc"]);
    }

    [Fact]
    public void A_file_that_is_not_valid_is_refused_with_what_is_wrong() =>
        Should.Throw<LabException>(() => LabFile.Load(Repository.PathOf("global.json"), null)).Message.ShouldContain("is not valid");

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Should.Throw<LabException>(() => LabFile.Load("/no/such/file.yaml", null)).Message.ShouldContain("cannot be read");

    [Fact]
    public void A_store_that_is_not_there_is_refused_with_those_that_are() =>
        Should.Throw<LabException>(() => LabFile.Load(Repository.PathOf("examples/lab.yaml"), "billing")).Message.ShouldContain("orders");

    private static Placement Place(Topology topology) => new(
        topology.Members.Select((member, index) => (member, index)).ToImmutableSortedDictionary(
            pair => pair.member.Name, pair => new Seat($"10.200.0.{pair.index + 1}", 5432, 8008, $"/data/{pair.index}")),
        topology.Etcd.GroupBy(server => server.Scope).Select((group, scope) => (group, scope)).ToImmutableSortedDictionary(
            pair => pair.group.Key, pair => pair.group.Select((_, index) => new Uri($"http://10.200.{pair.scope + 1}.{index + 1}:2379")).ToImmutableArray()),
        ("127.0.0.1:6001", "127.0.0.1:6002"), "host app app 10.200.0.0/16 scram-sha-256", "/tmp/token", "/tmp/server.pem", "/tmp/server.key", "/tmp/ca.pem");
}
