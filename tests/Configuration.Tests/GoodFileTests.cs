using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Tests;

public class GoodFileTests
{
    [Fact]
    public void The_smallest_file_takes_every_default_from_the_specifications()
    {
        var result = Sample.Parse(Sample.Text);

        result.Problems.ShouldBeEmpty();
        var system = result.System.ShouldNotBeNull();
        system.Name.ShouldBe("demo");
        system.Coordination.Endpoints.ShouldBe([new Uri("http://127.0.0.1:2379")]);
        system.Coordination.RequestTimeout.ShouldBe(TimeSpan.FromSeconds(1));
        system.Sites["muc"].Witness.ShouldBeTrue();
        system.Sites["fra"].Witness.ShouldBeFalse();
        var store = system.Stores["orders"];
        store.Timing.ShouldBe(new TimingSpec());
        store.IsZeroLoss.ShouldBeTrue();
        (store.Link, store.EnforceRpo, store.Archive, store.BeforeMove, store.AfterMove).ShouldBe((new SiteLinkSpec(), false, null, null, null));
        system.LocalCoordination.ShouldBeEmpty();
        store.HostLoss.ShouldBe(new ObjectiveSpec(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        store.Acknowledgements.ShouldBe(1);
        store.Members["a"].ShouldBe(new MemberSpec
        {
            Name = "a",
            Site = "fra",
            Address = new Endpoint("127.0.0.1", 5441),
            Agent = new Endpoint("127.0.0.1", 8441),
            Data = "/srv/a",
        });
        store.Engine.ShouldBeOfType<PostgreSqlSpec>().SlotBoundMebibytes.ShouldBe(new PostgreSqlSpec().SlotBoundMebibytes);
    }

    [Fact]
    public void Stores_know_their_places_in_the_file()
    {
        var members = Sample.Text[Sample.Text.IndexOf("    kind:", StringComparison.Ordinal)..];
        string Further(string name, int port) => $"  {name}:\n" + members.Replace("544", $"{port}").Replace("844", $"{port + 400}")
            .Replace("      a:", $"      {name}-a:").Replace("      b:", $"      {name}-b:").Replace("      c:", $"      {name}-c:").Replace("/srv/", $"/srv/{name}-");
        var system = Sample.Parse(Sample.Text + Further("zones", 554) + Further("accounts", 564)).System.ShouldNotBeNull();

        system.Stores.Values.OrderBy(store => store.Place).Select(store => (store.Name, store.Place))
            .ShouldBe([("orders", 0), ("zones", 1), ("accounts", 2)]);
    }

    [Fact]
    public void Every_key_reaches_the_specification()
    {
        var text = """
            system: grid
            coordination:
              etcd: ["https://10.0.1.1:2379/", "https://[2001:db8::1]:2379", https://10.9.1.1:2379]
              tls: {ca: ca.crt, certificate: c.crt, key: c.key}
              user: holdfast
              password: file:etcd-password
              request-timeout: 750ms
            security:
              token: ${env:TOKEN}
              tls: {certificate: /t/h.crt, key: /t/h.key, ca: /t/ca.crt}
            sites: {fra: , ber: {}, muc: {witness: true}}
            stores:
              orders:
                kind: postgresql
                objectives: {host-loss: {rpo: 20s, rto: 10s}, site-loss: {rpo: 1m, rto: 1h, enforce-rpo: true}}
                unprotected: allow
                isolation: fence
                site-failover: automatic
                preferred-site: ber
                site-link: {queue-bound: 48GB, queue-full: stop-writes, bandwidth: 100MB, heartbeat: 500ms}
                archive: /srv/archive/orders/
                hooks:
                  before-move: {run: [/usr/local/bin/dns, --store, orders], time-limit: 45s}
                  after-move: {run: [/usr/local/bin/tell]}
                acknowledgements: 1
                timing:
                  heartbeat: 50ms
                  suspect-after: 150ms
                  candidate-lost-after: 1s
                  lease: 4s
                  stale-read-limit: 20s
                  hand-over: 2s
                  site-lease: 12s
                  switchover: 15s
                members:
                  o-fra-1: {site: fra, address: db1.fra:5432, agent: '[2001:db8::5]:9000', data: /data/pg/, priority: 0}
                  o-fra-2: {site: fra, address: db2.fra:5432, data: /data/pg}
                  o-ber-1: {site: ber, address: db1.ber:5432, data: /data/pg}
                  o-ber-2: {site: ber, address: db2.ber:5432, data: /data/pg}
                postgresql:
                  bin: /opt/pg/bin
                  parameters: {Work_Mem: 64MB, max_connections: 300, jit: off, auto_explain.log_analyze: true}
                  client-authentication: [hostssl all app 10.0.0.0/8 scram-sha-256]
                  slot-bound: 2TiB
                  salvage-bound: 512MiB
                  tls: {certificate: s.crt, key: s.key}

            """;
        var pem = new FakeEnvironment()
            .WithVariable("TOKEN", "0123456789abcdef0123\n")
            .WithFile("/etc/holdfast/etcd-password", "pass word\r\n");
        foreach (var name in new[] { "/etc/holdfast/ca", "/etc/holdfast/c", "/etc/holdfast/s", "/t/h", "/t/ca" })
        {
            pem.WithFile($"{name}.crt", "-----BEGIN CERTIFICATE-----\n").WithFile($"{name}.key", "-----BEGIN EC PRIVATE KEY-----\n");
        }

        var result = Sample.Parse(text, pem);

        result.Problems.ShouldBeEmpty();
        var system = result.System.ShouldNotBeNull();
        var coordination = system.Coordination;
        coordination.Endpoints.Length.ShouldBe(3);
        (coordination.CaFile, coordination.CertificateFile, coordination.KeyFile)
            .ShouldBe(("/etc/holdfast/ca.crt", "/etc/holdfast/c.crt", "/etc/holdfast/c.key"));
        (coordination.User, coordination.Password?.Reveal(), coordination.RequestTimeout).ShouldBe(("holdfast", "pass word", TimeSpan.FromMilliseconds(750)));
        system.Security.Token?.Reveal().ShouldBe("0123456789abcdef0123");
        (system.Security.TlsCertificateFile, system.Security.TlsKeyFile, system.Security.TlsCaFile).ShouldBe(("/t/h.crt", "/t/h.key", "/t/ca.crt"));
        var store = system.Stores["orders"];
        store.HostLoss.ShouldBe(new ObjectiveSpec(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10)));
        store.SiteLoss.ShouldBe(new ObjectiveSpec(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)));
        (store.Isolation, store.SiteFailover, store.PreferredSite).ShouldBe((IsolationPolicy.Fence, SiteFailoverPolicy.Automatic, "ber"));
        (store.EnforceRpo, store.Archive).ShouldBe((true, "/srv/archive/orders"));
        store.Link.ShouldBe(new SiteLinkSpec
        {
            QueueBound = 48_000_000_000,
            QueueFull = QueueFullPolicy.StopWrites,
            Bandwidth = 100_000_000,
            Heartbeat = TimeSpan.FromMilliseconds(500),
        });
        store.BeforeMove!.Command.ShouldBe(["/usr/local/bin/dns", "--store", "orders"]);
        (store.BeforeMove.TimeLimit, store.AfterMove!.TimeLimit).ShouldBe((TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(30)));
        store.AfterMove.Command.ShouldBe(["/usr/local/bin/tell"]);
        store.Timing.ShouldBe(new TimingSpec
        {
            Heartbeat = TimeSpan.FromMilliseconds(50),
            SuspectAfter = TimeSpan.FromMilliseconds(150),
            CandidateLostAfter = TimeSpan.FromSeconds(1),
            Lease = TimeSpan.FromSeconds(4),
            StaleReadLimit = TimeSpan.FromSeconds(20),
            HandOver = TimeSpan.FromSeconds(2),
            SiteLease = TimeSpan.FromSeconds(12),
            Switchover = TimeSpan.FromSeconds(15),
        });
        var first = store.Members["o-fra-1"];
        (first.Data, first.Priority, first.Agent).ShouldBe(("/data/pg", 0, new Endpoint("2001:db8::5", 9000)));
        store.Members["o-ber-2"].Agent.ShouldBe(new Endpoint("db2.ber", 8008), "the agent's default is the host of the address, port 8008");
        var engine = store.Engine.ShouldBeOfType<PostgreSqlSpec>();
        engine.BinDirectory.ShouldBe("/opt/pg/bin");
        engine.Parameters.ShouldBe(new Dictionary<string, string>
        {
            ["auto_explain.log_analyze"] = "true",
            ["jit"] = "off",
            ["max_connections"] = "300",
            ["work_mem"] = "64MB",
        });
        engine.ClientAuthentication.ShouldBe(["hostssl all app 10.0.0.0/8 scram-sha-256"]);
        (engine.SlotBoundMebibytes, engine.SalvageBoundMebibytes).ShouldBe((2 * 1024 * 1024, 512));
        (engine.TlsCertificateFile, engine.TlsKeyFile).ShouldBe(("/etc/holdfast/s.crt", "/etc/holdfast/s.key"));
    }

    [Fact]
    public void The_one_site_example_is_valid_without_a_warning()
    {
        var result = SystemFile.Load(Repository.PathOf("examples/one-site.yaml"), ProcessEnvironment.Instance);

        result.Problems.ShouldBeEmpty();
        result.System!.Stores["orders"].Members.Count.ShouldBe(3);
        result.System.Stores["orders"].Members.Values.ShouldAllBe(member => member.Agent.IsLoopback);
    }

    [Theory]
    [InlineData("two-sites.yaml", 2, 0)]
    [InlineData("two-sites-local.yaml", 3, 2)]
    [InlineData("redis-two-sites.yaml", 2, 0)]
    public void The_examples_with_two_sites_are_valid_without_a_warning_where_their_files_exist(string file, int atBer, int localClusters)
    {
        var environment = new FakeEnvironment()
            .WithFile("/etc/holdfast/etcd-password", "secret\n")
            .WithFile("/etc/holdfast/token", new string('a', 64))
            .WithFile("/etc/holdfast/tls/ca.crt", "-----BEGIN CERTIFICATE-----")
            .WithFile("/etc/holdfast/tls/host.crt", "-----BEGIN CERTIFICATE-----")
            .WithFile("/etc/holdfast/tls/host.key", "-----BEGIN PRIVATE KEY-----");

        var result = Sample.Parse(File.ReadAllText(Repository.PathOf($"examples/{file}")), environment);

        result.Problems.ShouldBeEmpty();
        result.System!.Stores.Values.ShouldHaveSingleItem().Group("ber").Length.ShouldBe(atBer);
        result.System.LocalCoordination.Count.ShouldBe(localClusters);
    }
}
