using Holdfast.Coordination.Etcd;
using Holdfast.Coordination.Tests.Conformance;
using Holdfast.Core.Topology;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;

namespace Holdfast.Coordination.Tests.Etcd;

[Trait("Speed", "Slow")]
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("tls");
    private readonly EtcdCertificates _certificates;

    public TlsTests() => _certificates = EtcdCertificates.Create(_folder.File("right"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_the_right_certificates_everything_works(bool clientCertificate)
    {
        await using var cluster = await StartAsync(clientCertificate);
        var spec = new CoordinationSpec { Endpoints = cluster.Endpoints, CaFile = _certificates.CaFile };
        await using var client = EtcdClients.Of(
            clientCertificate ? spec with { CertificateFile = _certificates.ClientFile, KeyFile = _certificates.ClientKeyFile } : spec);
        await using var log = new WatchLog(client, "/system/");
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        await client.TransactAsync(new Transaction([], [new Operation.Put("/system/a", "1", lease)]), EtcdClients.Cancel);
        client.KeepAlive(lease, EtcdClients.Timeout).ShouldNotBeNull();
        (await client.KeepAliveAsync(lease, EtcdClients.Cancel)).ShouldNotBeNull();
        await log.UntilAsync(seen => seen.Keys.ContainsKey("/system/a"));
    }

    [Fact]
    public async Task A_server_signed_by_somebody_else_is_refused()
    {
        await using var cluster = await StartAsync(clientCertificate: false);
        var other = EtcdCertificates.Create(_folder.File("other"));
        await using var wrong = EtcdClients.Of(new CoordinationSpec { Endpoints = cluster.Endpoints, CaFile = other.CaFile });
        await ShouldBeCertificateAsync(wrong);
        await using var none = EtcdClients.Of(new CoordinationSpec { Endpoints = cluster.Endpoints });
        await ShouldBeCertificateAsync(none);
    }

    [Fact]
    public async Task A_server_certificate_for_another_host_is_refused()
    {
        var elsewhere = EtcdCertificates.Create(_folder.File("elsewhere"), "elsewhere.example");
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Certificates = elsewhere });
        await using var client = EtcdClients.Of(new CoordinationSpec { Endpoints = cluster.Endpoints, CaFile = elsewhere.CaFile });
        await ShouldBeCertificateAsync(client);
    }

    [Fact]
    public async Task A_missing_or_foreign_client_certificate_is_named_as_such()
    {
        await using var cluster = await StartAsync(clientCertificate: true);
        var other = EtcdCertificates.Create(_folder.File("other"));
        var spec = new CoordinationSpec { Endpoints = cluster.Endpoints, CaFile = _certificates.CaFile };
        await using var none = EtcdClients.Of(spec);
        await ShouldBeCertificateAsync(none);
        await using var foreign = EtcdClients.Of(spec with { CertificateFile = other.ClientFile, KeyFile = other.ClientKeyFile });
        await ShouldBeCertificateAsync(foreign);
    }

    [Fact]
    public async Task Plain_and_secure_mixed_up_say_what_to_write()
    {
        await using var secure = await StartAsync(clientCertificate: false);
        await using var plainClient = EtcdClients.Of(secure.Servers[0].ClientPort);
        var fault = await EtcdClients.FaultOf(() => plainClient.ReadAsync("a", EtcdClients.Cancel));
        fault.Message.ShouldContain("https://");
        await using var plain = await EtcdCluster.StartAsync();
        await using var secureClient = EtcdClients.Of(
            new CoordinationSpec
            {
                Endpoints = [new Uri($"https://127.0.0.1:{plain.Servers[0].ClientPort}")],
                CaFile = _certificates.CaFile,
            });
        fault = await EtcdClients.FaultOf(() => secureClient.ReadAsync("a", EtcdClients.Cancel));
        fault.Message.ShouldContain("http://");
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        var spec = new CoordinationSpec { Endpoints = [new Uri("https://127.0.0.1:1")] };
        ShouldName(spec with { CaFile = _folder.File("missing.pem") }, "missing.pem");
        File.WriteAllText(_folder.File("junk.pem"), "junk");
        ShouldName(spec with { CaFile = _folder.File("junk.pem") }, "junk.pem");
        ShouldName(spec with { CertificateFile = _certificates.ClientFile, KeyFile = _certificates.ServerKeyFile },
            _certificates.ClientFile);
    }

    private static void ShouldName(CoordinationSpec spec, string file)
    {
        var fault = Should.Throw<CoordinationException>(() => EtcdClients.Of(spec));
        fault.Fault.ShouldBe(CoordinationFault.Certificate);
        fault.Message.ShouldContain(file);
    }

    private static async Task ShouldBeCertificateAsync(EtcdCoordination client)
    {
        var fault = await EtcdClients.FaultOf(() => client.ReadAsync("a", EtcdClients.Cancel));
        fault.Fault.ShouldBe(CoordinationFault.Certificate, fault.ToString());
        (await EtcdClients.FaultOf(() => client.PutAsync("a", "1"))).Message.ShouldContain("no TLS connection");
        Should.Throw<CoordinationException>(() => client.KeepAlive(1, EtcdClients.Timeout)).Fault.ShouldBe(CoordinationFault.Certificate);
    }

    private Task<EtcdCluster> StartAsync(bool clientCertificate) =>
        EtcdCluster.StartAsync(new EtcdOptions { Certificates = _certificates, RequireClientCertificate = clientCertificate });
}
