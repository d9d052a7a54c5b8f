using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Tests;

/// <summary>One cluster for all, or a global one and one per site.</summary>
public class CoordinationTests
{
    private const string Global = "global: {etcd: [http://127.0.0.1:2379]}";
    private const string Fra = "fra: {etcd: [http://127.0.0.1:2381]}";
    private const string Ber = "ber: {etcd: [http://127.0.0.1:2382]}";

    /// <summary>Two sites, with these lines within <c>coordination:</c>.</summary>
    private static LoadResult With(params string[] lines) =>
        Sample.Parse(Sample.TwoSites.Replace("  etcd: [http://127.0.0.1:2379]\n", string.Concat(lines.Select(line => $"  {line}\n"))));

    [Theory]
    [InlineData("request-timeout: 0s", "coordination.request-timeout", "0s is too short for any call")]
    [InlineData("user: holdfast", "coordination.user", "is given without 'password'")]
    [InlineData("password: \"${env:PW}\"", "coordination.password", "is given without 'user'")]
    public void Coordination_is_complete(string line, string path, string message)
    {
        var problem = Sample.With("coordination:", $"coordination:\n  {line}", new FakeEnvironment().WithVariable("PW", "x")).OnlyError();

        (problem.Path, problem.Message).ShouldBe((path, message));
    }

    [Theory]
    [InlineData("certificate: c.crt", "coordination.tls.certificate", "is given without 'key'")]
    [InlineData("key: c.key", "coordination.tls.key", "is given without 'certificate'")]
    public void A_client_certificate_comes_with_its_key(string line, string path, string message)
    {
        var environment = new FakeEnvironment()
            .WithFile("/etc/holdfast/c.crt", "-----BEGIN CERTIFICATE-----").WithFile("/etc/holdfast/c.key", "-----BEGIN PRIVATE KEY-----");
        var problem = Sample.With("etcd: [http:", $"tls: {{{line}}}\n  etcd: [https:", environment).OnlyError();

        (problem.Path, problem.Message).ShouldBe((path, message));
    }

    [Fact]
    public void Etcd_by_https_needs_no_ca_and_by_http_is_a_warning_beyond_loopback()
    {
        Sample.With("http://127.0.0.1:2379", "https://10.0.0.1:2379").Problems.ShouldBeEmpty();
        Sample.With("http://127.0.0.1:2379", "\"http://[::1]:2379\"").Problems.ShouldBeEmpty();
        var problem = Sample.With("http://127.0.0.1:2379", "http://10.0.0.1:2379").OnlyWarning();
        (problem.Path, problem.Remedy).ShouldBe(("coordination.etcd[0]", "write https://10.0.0.1:2379"));
    }

    [Fact]
    public void An_etcd_address_is_named_once() =>
        Sample.With("[http://127.0.0.1:2379]", "[http://127.0.0.1:2379, \"http://127.0.0.1:2379/\"]").OnlyError().Path.ShouldBe("coordination.etcd[1]");

    [Fact]
    public void A_cluster_per_site_serves_the_groups_there_and_the_global_one_the_rest()
    {
        var environment = new FakeEnvironment().WithFile("/etc/holdfast/pw", "secret\n").WithFile("/etc/holdfast/ca.crt", "-----BEGIN CERTIFICATE-----");
        var text = Sample.TwoSites.Replace("  etcd: [http://127.0.0.1:2379]\n", """
              global: {etcd: [https://10.0.1.9:2379, https://10.1.1.9:2379, https://10.9.1.9:2379], tls: {ca: ca.crt}, request-timeout: 1500ms}
              local:
                fra: {etcd: [https://10.0.1.9:2479], user: holdfast, password: file:pw, tls: {ca: ca.crt}, request-timeout: 300ms}
                ber: {etcd: [https://10.1.1.9:2479]}

            """);

        var result = Sample.Parse(text, environment);

        result.Problems.ShouldBeEmpty();
        var system = result.System!;
        (system.Coordination.Endpoints.Length, system.Coordination.CaFile, system.Coordination.RequestTimeout)
            .ShouldBe((3, "/etc/holdfast/ca.crt", TimeSpan.FromMilliseconds(1500)));
        var fra = system.CoordinationOf("fra");
        fra.Endpoints.ShouldBe([new Uri("https://10.0.1.9:2479")]);
        (fra.User, fra.Password?.Reveal(), fra.CaFile, fra.RequestTimeout)
            .ShouldBe(("holdfast", "secret", "/etc/holdfast/ca.crt", TimeSpan.FromMilliseconds(300)));
        var ber = system.CoordinationOf("ber");
        (ber.Endpoints[0], ber.CaFile, ber.User, ber.RequestTimeout)
            .ShouldBe((new Uri("https://10.1.1.9:2479"), null, null, new CoordinationSpec { Endpoints = [] }.RequestTimeout), "clusters inherit nothing");
        system.CoordinationOf("muc").ShouldBe(system.Coordination);
    }

    [Fact]
    public void A_global_cluster_without_local_ones_serves_all()
    {
        var result = With(Global);

        result.Problems.ShouldBeEmpty();
        result.System!.CoordinationOf("ber").ShouldBe(result.System.Coordination);
    }

    [Fact]
    public void Neither_etcd_nor_global_is_told_with_both_ways()
    {
        var problem = With("tls:").OnlyError();

        (problem.Path, problem.Message).ShouldBe(("coordination.etcd", "is missing"));
        problem.Remedy.ShouldBe("add 'etcd: [https://10.0.1.1:2379]', or 'global: {etcd: [https://10.0.1.1:2379]}'");
    }

    [Fact]
    public void Etcd_and_global_exclude_each_other()
    {
        var problem = With("etcd: [http://127.0.0.1:2380]", Global).OnlyError();

        (problem.Path, problem.Message, problem.Remedy)
            .ShouldBe(("coordination.global", "excludes 'etcd', which is given too", "keep one of: etcd, global"));
    }

    [Fact]
    public void What_stands_beside_global_would_be_used_by_nobody_and_is_refused()
    {
        var problem = With(Global, "request-timeout: 2s").OnlyError();

        (problem.Path, problem.Message).ShouldBe(("coordination.request-timeout", "stands beside 'global', where no cluster uses it"));
        problem.Remedy.ShouldContain("within coordination.global");
    }

    [Fact]
    public void Local_clusters_need_a_global_one() =>
        With("etcd: [http://127.0.0.1:2379]", $"local: {{{Fra}, {Ber}}}").OnlyError().Message
            .ShouldBe("is given without 'global': nothing would say which site is active");

    [Fact]
    public void Every_site_with_members_has_a_local_cluster_or_none_has()
    {
        var problem = With(Global, $"local: {{{Fra}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(("coordination.local", "has no cluster for ber, where there are members"));
        problem.Remedy.ShouldStartWith("add 'ber: {etcd: ");
    }

    [Theory]
    [InlineData("muc", "muc is a witness site, which carries no members and needs no cluster of its own", "remove it; a witness site carries a server of coordination.global")]
    [InlineData("bern", "there is no site 'bern'", "did you mean 'ber'?")]
    [InlineData("paris", "there is no site 'paris'", "the sites for members are: fra, ber")]
    public void A_local_cluster_is_of_a_site_that_exists_and_is_no_witness(string site, string message, string remedy)
    {
        var problem = With(Global, $"local: {{{Fra}, {Ber}, {site}: {{etcd: [http://127.0.0.1:2383]}}}}").OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(($"coordination.local.{site}", message, remedy));
    }

    [Theory]
    [InlineData("http://127.0.0.1:2379", "coordination.global")]
    [InlineData("http://localhost:2379", "coordination.global")]
    [InlineData("https://127.0.0.1:2379", "coordination.global")]
    [InlineData("http://127.0.0.1:2381", "coordination.local.fra")]
    public void No_server_belongs_to_two_clusters(string url, string owner)
    {
        var problem = With(Global, $"local: {{{Fra}, ber: {{etcd: [\"{url}\"]}}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(("coordination.local.ber.etcd[0]", $"{url} is a server of {owner} already"));
    }

    [Fact]
    public void Each_cluster_is_checked_as_the_one_for_all_is()
    {
        var problems = With(
            "global: {etcd: [http://10.0.0.1:2379], user: a}",
            $"local: {{{Fra}, ber: {{etcd: [\"https://u:p@10.0.0.2:1\"], request-timeout: 1ms}}}}").Problems;

        problems.Select(problem => (problem.Path, problem.Severity)).ShouldBe(
        [
            ("coordination.global.etcd[0]", Severity.Warning),
            ("coordination.global.user", Severity.Error),
            ("coordination.local.ber.etcd[0]", Severity.Error),
            ("coordination.local.ber.request-timeout", Severity.Error),
        ]);
        problems[2].Remedy.ShouldBe("write them as coordination.local.ber.user and coordination.local.ber.password");
    }

    [Fact]
    public void A_lease_is_longer_than_a_call_to_the_cluster_of_its_site()
    {
        var problem = With(Global, $"local: {{{Fra}, ber: {{etcd: [http://127.0.0.1:2382], request-timeout: 5s}}}}").OnlyError();

        problem.Path.ShouldBe("stores.orders.timing.lease");
        problem.Message.ShouldBe("5s is not longer than coordination.local.ber.request-timeout (5s): one slow call would lose the lease");
        With("global: {etcd: [http://127.0.0.1:2379], request-timeout: 1900ms}", $"local: {{{Fra}, {Ber}}}").Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Two_servers_are_a_warning_where_a_site_depends_on_them()
    {
        var two = With("etcd: [http://127.0.0.1:2379, http://127.0.0.1:2380]").OnlyWarning();
        (two.Path, two.Remedy).ShouldBe(("coordination.etcd", "add a third, at a witness site"));
        With("global: {etcd: [http://127.0.0.1:2379, http://127.0.0.1:2380]}").OnlyWarning().Path.ShouldBe("coordination.global.etcd");
        With(Global, $"local: {{{Ber}, fra: {{etcd: [http://127.0.0.1:1, http://127.0.0.1:2]}}}}").OnlyWarning().Path.ShouldBe("coordination.local.fra.etcd");
        Sample.With("[http://127.0.0.1:2379]", "[http://127.0.0.1:2379, http://127.0.0.1:2380]").Problems.ShouldBeEmpty("one site");
    }
}
