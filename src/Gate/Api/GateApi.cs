using System.Net;
using System.Text.Json;
using Holdfast.Agent.Api.Metrics;
using Holdfast.Gate.Forwarding;
using Holdfast.Gate.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Holdfast.Gate.Api;

/// <summary>
/// <c>/status</c> and <c>/metrics</c> of a gate, and <c>/health</c>: 200 while every store's read-write port forwards. Only on loopback, for
/// it has no token.
/// </summary>
internal sealed class GateApi(WebApplication app) : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <exception cref="GateException">The port is taken.</exception>
    public static async Task<GateApi> StartAsync(IPEndPoint address, Func<GateStatus> status, Worker[] workers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.MapMethods("/status", [HttpMethods.Get], (RequestDelegate)(context => AnswerAsync(
            context, 200, "application/json", JsonSerializer.SerializeToUtf8Bytes(status(), GateJson.Default.GateStatus))));
        app.MapMethods("/metrics", [HttpMethods.Get], (RequestDelegate)(context =>
            AnswerAsync(context, 200, PrometheusWriter.ContentType, GateMetrics.Write(status(), workers))));
        app.MapMethods("/health", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(context =>
        {
            var now = status();
            return AnswerAsync(
                context, now.Stores.All(store => store.Admits) ? 200 : 503, "application/json",
                JsonSerializer.SerializeToUtf8Bytes(now, GateJson.Default.GateStatus));
        }));
        try
        {
            await app.StartAsync(cancellationToken);
            return new GateApi(app);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync();
            throw new GateException($"the gate's own status cannot listen on {address} ({fault.Message}): give another with --api, or --api off", fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context, int code, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }

    // Signals belong to the gate.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
