using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Api.Verify;
using Holdfast.Core.Topology;
using Holdfast.Verification.Targets;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Probe;

/// <summary>Measures the way from this agent to another one, with few messages and a bounded load on one connection.</summary>
internal sealed class LinkMeter(SystemSpec system, MemberSpec self, TimeProvider time)
{
    public const string Echo = "/v1/probe/echo";
    public const string Sink = "/v1/probe/sink";

    private const int Warming = 3;
    private const int RoundTrips = 20;
    /// <summary>On a way as long as this would make it, fewer round trips do.</summary>
    private static readonly TimeSpan RoundTripsLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LoadTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(8);

    /// <exception cref="ApiRefusalException">It cannot be measured: why, and what would help.</exception>
    public async Task<LinkProbe> MeasureAsync(MemberSpec other, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        using var handler = HandlerOf(other);
        handler.MaxConnectionsPerServer = 1;
        handler.Expect100ContinueTimeout = AnswerLimit;
        handler.ConnectCallback = async (context, token) =>
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        http.BaseAddress = new Uri($"{(system.Security.HasTls ? "https" : "http")}://{other.Agent}");
        http.DefaultRequestHeaders.Add(Addressee.Header, Addressee.Of(system.Name, other.Name));
        if (system.Security.Token is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        }

        var trips = await RoundTripsAsync(http, other, cancellationToken);
        using var flood = new Flood(() => socket!, SinkRoute.MostBytes, LoadTime, time);
        var load = await SendAsync(
            http, other, Sink, flood, LoadLimit, (stream, limit) => JsonSerializer.DeserializeAsync(stream, SinkJson.Default.SinkAnswer, limit),
            cancellationToken) ?? throw Refuse(other, "gives an empty answer", "see its log");
        return new LinkProbe(self.Name, other.Name, Spreads.Of(trips)!, load.BytesPerSecond, load.Bytes, load.Seconds);
    }

    private SocketsHttpHandler HandlerOf(MemberSpec other)
    {
        try
        {
            return AgentHttp.Handler(system.Security);
        }
        catch (VerifyException fault)
        {
            throw new ApiRefusalException(StatusCodes.Status502BadGateway, $"{self.Name} cannot call the agent of {other.Name}: {fault.Message}", null);
        }
    }

    private async Task<List<double>> RoundTripsAsync(HttpClient http, MemberSpec other, CancellationToken cancellationToken)
    {
        var trips = new List<double>(RoundTrips);
        var begun = time.GetTimestamp();
        for (var at = -Warming; at < RoundTrips && (trips.Count == 0 || time.GetElapsedTime(begun) < RoundTripsLimit); at++)
        {
            using var nothing = new ByteArrayContent([]);
            var start = time.GetTimestamp();
            await SendAsync(http, other, Echo, nothing, AnswerLimit, (_, _) => ValueTask.FromResult(true), cancellationToken);
            if (at >= 0)
            {
                trips.Add(time.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return trips;
    }

    private async Task<T> SendAsync<T>(
        HttpClient http, MemberSpec other, string path, HttpContent body, TimeSpan longest, Func<Stream, CancellationToken, ValueTask<T>> read,
        CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        // A sink that is busy says so before anything is sent.
        request.Headers.ExpectContinue = path == Sink;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            if (response.IsSuccessStatusCode)
            {
                return await read(stream, either.Token);
            }

            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                throw Refuse(other, "knows nothing of probes: it is of an older version", "upgrade it");
            }

            var error = await JsonSerializer.DeserializeAsync(stream, ApiJson.Default.ApiError, either.Token);
            throw Refuse(other, $"refuses: {error?.Error}", error?.Remedy);
        }
        catch (JsonException fault)
        {
            throw Refuse(other, $"on {other.Agent} does not answer like an agent ({fault.Message})", "compare the members' agent addresses");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Refuse(
                other, $"does not answer {self.Name} on {other.Agent} ({(fault.InnerException ?? fault).Message})",
                "is it running, and is the way between the two open?");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refuse(
                other, $"gives {self.Name} no answer on {other.Agent} within {longest.TotalSeconds:0} s",
                "is it running, and does the way between the two carry anything?");
        }
    }

    private static ApiRefusalException Refuse(MemberSpec other, string what, string? remedy) =>
        new(StatusCodes.Status502BadGateway, $"the agent of {other.Name} {what}", remedy);
}
