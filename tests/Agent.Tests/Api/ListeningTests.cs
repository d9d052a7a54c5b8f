using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Agent.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Api;

public sealed class ListeningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-api-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("10.0.1.1", null, false, "security.token and security.tls")]
    [InlineData("0.0.0.0", "s3cret", false, "without tls")]
    [InlineData("db1.example", null, true, "without token")]
    public async Task Beyond_loopback_it_refuses_to_start_without_TLS_and_token(string host, string? token, bool tls, string message)
    {
        var (certificate, key) = TestCertificate.Write(_folder, "one");
        var system = SampleGroup.System(token, host, tls ? certificate : null, tls ? key : null);
        var fault = await Should.ThrowAsync<AgentApiException>(() => StartAsync(SampleGroup.Control(system, "orders-fra-1")));
        fault.Message.ShouldContain(message);
        fault.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_taken_port_is_said_so()
    {
        var control = SampleGroup.Control(SampleGroup.System(), "orders-fra-1");
        await using var first = await StartAsync(control);
        var fault = await Should.ThrowAsync<AgentApiException>(() => StartAsync(control));
        fault.Message.ShouldContain($"cannot listen on {control.Member.Agent}: the port is taken");
    }

    [Fact]
    public async Task An_address_of_another_host_is_said_so()
    {
        var (certificate, key) = TestCertificate.Write(_folder, "one");
        var control = SampleGroup.Control(SampleGroup.System("s3cret", "192.0.2.1", certificate, key), "orders-fra-1");
        (await Should.ThrowAsync<AgentApiException>(() => StartAsync(control))).Message.ShouldContain("must be one of this host's");
    }

    [Fact]
    public async Task With_certificates_it_speaks_TLS_only_and_takes_up_a_renewed_one_without_a_restart()
    {
        var (certificate, key) = TestCertificate.Write(_folder, "one");
        var control = SampleGroup.Control(SampleGroup.System("s3cret", certificate: certificate, key: key), "orders-fra-1");
        var time = new SteppingTime();
        var faults = new List<string>();
        await using var api = await AgentApi.StartAsync(control, time, (text, _) => faults.Add(text), TestContext.Current.CancellationToken);

        (await SubjectAsync(api.Address)).ShouldBe("CN=one");
        using var plain = new HttpClient { BaseAddress = new Uri($"http://{api.Address}"), Timeout = TimeSpan.FromSeconds(5) };
        await Should.ThrowAsync<HttpRequestException>(() => plain.GetAsync("/primary", TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(key, "half a key", TestContext.Current.CancellationToken);
        time.Step(TimeSpan.FromSeconds(6));
        (await SubjectAsync(api.Address)).ShouldBe("CN=one");
        faults.ShouldHaveSingleItem().ShouldContain("goes on serving");

        TestCertificate.Write(_folder, "two", "one");
        time.Step(TimeSpan.FromSeconds(6));
        (await SubjectAsync(api.Address)).ShouldBe("CN=two");
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_said_so_at_the_start()
    {
        var control = SampleGroup.Control(SampleGroup.System("s", certificate: $"{_folder}/none.pem", key: $"{_folder}/none.key"), "orders-fra-1");
        (await Should.ThrowAsync<AgentApiException>(() => StartAsync(control))).Message.ShouldContain("none.pem");
    }

    [Fact]
    public async Task After_its_end_the_port_is_free_at_once()
    {
        var control = SampleGroup.Control(SampleGroup.System(), "orders-fra-1");
        for (var round = 0; round < 3; round++)
        {
            await using var api = await StartAsync(control);
            using var client = new HttpClient { BaseAddress = new Uri($"http://{api.Address}") };
            (await client.GetAsync("/health", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        }
    }

    private static Task<AgentApi> StartAsync(FakeControl control) =>
        AgentApi.StartAsync(control, TimeProvider.System, onFault: null, TestContext.Current.CancellationToken);

    private static async Task<string> SubjectAsync(Endpoint address)
    {
        string? subject = null;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    subject = certificate!.Subject;
                    return certificate.Issuer == subject;
                },
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{address}"), Timeout = TimeSpan.FromSeconds(5) };
        (await client.GetAsync("/primary", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        return subject!;
    }

    private sealed class SteppingTime : TimeProvider
    {
        private long _ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Volatile.Read(ref _ticks);
        public void Step(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
