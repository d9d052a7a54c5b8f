using System.Net;
using System.Net.Security;
using Holdfast.Agent.Api.Backup;
using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Api.Health;
using Holdfast.Agent.Api.Loss;
using Holdfast.Agent.Api.Metrics;
using Holdfast.Agent.Api.Probe;
using Holdfast.Agent.Api.Verify;
using Holdfast.Core.Topology;
using Holdfast.Engines.Facts;
using Holdfast.Verification.Targets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Endpoint = Holdfast.Core.Topology.Endpoint;

namespace Holdfast.Agent.Api;

/// <summary>
/// The agent's HTTP server on its member's agent address: health endpoints, metrics, the JSON view and the changing calls.
/// It only asks <see cref="IAgentControl"/>; reading answers come from the snapshot and wait for nothing.
/// </summary>
public sealed class AgentApi : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly InstrumentCollector _instruments;

    private AgentApi(WebApplication app, InstrumentCollector instruments, Endpoint address) =>
        (_app, _instruments, Address) = (app, instruments, address);

    /// <summary>Where it listens; with the port that was given out when the member's port is 0.</summary>
    public Endpoint Address { get; }

    /// <summary>Starts listening; on return the port answers.</summary>
    /// <param name="onFault">Told about bugs and unusable files, for the agent's log. Called on any thread.</param>
    /// <param name="verify">The member's data, for comparisons; null: this store's kind cannot be compared. It stays the caller's.</param>
    /// <param name="facts">Measures the member, for plans; null: this store's kind cannot be measured.</param>
    /// <exception cref="AgentApiException">Not allowed here, port taken, name not resolved, or certificate unusable; one clear line.</exception>
    public static async Task<AgentApi> StartAsync(
        IAgentControl control, TimeProvider time, Action<string, Exception>? onFault, CancellationToken cancellationToken, IVerifyTarget? verify = null,
        IFactProbe? facts = null)
    {
        var (member, security) = (control.Member, control.System.Security);
        ApiAddress.RequireProtection(member.Name, member.Agent, security);
        var addresses = await ApiAddress.ResolveAsync(member.Agent, time, cancellationToken);
        var certificate = security.HasTls ? new ApiCertificate(security, time, onFault) : null;

        var instruments = new InstrumentCollector();
        var app = Build(addresses, member.Agent.Port, certificate);
        try
        {
            var boundary = new FaultBoundary(onFault);
            app.Use((context, next) => boundary.InvokeAsync(context, next));
            HealthRoutes.Map(app, control);
            MetricsRoute.Map(app, control, instruments);
            ReadRoutes.Map(app, control, time);
            var callers = new CallerRule(control.System, member);
            new ChangeRoutes(control, callers, time).Map(app);
            new LossRoutes(control.Losses, callers, time).Map(app);
            new BackupRoutes(control, callers, time).Map(app);
            new RestoreRoutes(control, callers, time).Map(app);
            new RestoreTestRoutes(control, callers, time).Map(app);
            new ProbeRoutes(control, facts, callers, time).Map(app);
            if (verify is not null)
            {
                new VerifyRoutes(verify, callers, time).Map(app);
            }

            await app.StartAsync(cancellationToken);
            return new AgentApi(app, instruments, Bound(app, member.Agent));
        }
        catch (Exception fault)
        {
            instruments.Dispose();
            await app.DisposeAsync();
            if (fault is IOException or System.Net.Sockets.SocketException)
            {
                throw new AgentApiException(Explain(member, fault), fault);
            }

            throw;
        }
    }

    /// <summary>Stops listening at once; answers on the way are given a second.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(StopLimit))
        {
            await _app.StopAsync(limit.Token);
        }

        await _app.DisposeAsync();
        _instruments.Dispose();
    }

    // The empty builder reads no settings file and no environment: an appsettings.json in the working directory must not steer an agent.
    private static WebApplication Build(IPAddress[] addresses, int port, ApiCertificate? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore();
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 1000;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
            foreach (var address in addresses)
            {
                kestrel.Listen(address, port, listen => Configure(listen, certificate));
            }
        });
        return builder.Build();
    }

    private static void Configure(ListenOptions listen, ApiCertificate? certificate)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (certificate is not null)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }),
                HandshakeTimeout = TimeSpan.FromSeconds(5),
            });
        }
    }

    private static Endpoint Bound(WebApplication app, Endpoint wanted)
    {
        var listening = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return wanted with { Port = new Uri(listening).Port };
    }

    private static string Explain(MemberSpec member, Exception fault) =>
        fault.InnerException is AddressInUseException || fault is AddressInUseException
            ? $"the agent of {member.Name} cannot listen on {member.Agent}: the port is taken; " +
              "stop what listens there (another agent?) or change the member's 'agent' address"
            : $"the agent of {member.Name} cannot listen on {member.Agent} ({fault.Message}): " +
              "the member's 'agent' address must be one of this host's";

    // Signals belong to the agent: the host's own lifetime would take SIGTERM and SIGINT away from it.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
