using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Api;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.Facts;

namespace Holdfast.Agent.Tests.Api.Probe;

/// <summary>Two agents of one store at two sites, each with an API of its own; the first sees the second at an address that a test may choose.</summary>
internal sealed class ProbedPair : IAsyncDisposable
{
    public const string Near = "orders-fra-1";
    public const string Far = "orders-fra-2";
    public const string Token = "s3cret";

    private readonly AgentApi _near;
    private readonly AgentApi _far;

    private ProbedPair(AgentApi near, AgentApi far, ProbeDouble facts)
    {
        (_near, _far, Facts) = (near, far, facts);
        Client = new HttpClient { BaseAddress = new Uri($"http://{near.Address}"), Timeout = TimeSpan.FromSeconds(40) };
        FarClient = new HttpClient { BaseAddress = new Uri($"http://{far.Address}"), Timeout = TimeSpan.FromSeconds(40) };
    }

    public ProbeDouble Facts { get; }
    public HttpClient Client { get; }
    public HttpClient FarClient { get; }
    public int FarPort => _far.Address.Port;

    /// <param name="seenAt">Given the port of the far agent, the port at which the near one looks for it.</param>
    /// <param name="farToken">What the far agent's own file says.</param>
    public static async Task<ProbedPair> StartAsync(Func<int, int>? seenAt = null, string farToken = Token)
    {
        var system = SampleGroup.System(Token);
        system = Change(system, member => member with { Site = "ber" });
        var stop = TestContext.Current.CancellationToken;
        var farSystem = system with { Security = new SecuritySpec { Token = new Secret(farToken) } };
        var far = await AgentApi.StartAsync(SampleGroup.Control(farSystem, Far), TimeProvider.System, null, stop);
        if (seenAt is not null)
        {
            system = Change(system, member => member with { Agent = new Endpoint("127.0.0.1", seenAt(far.Address.Port)) });
        }

        var facts = new ProbeDouble();
        return new ProbedPair(
            await AgentApi.StartAsync(SampleGroup.Control(system, Near), TimeProvider.System, null, stop, verify: null, facts), far, facts);
    }

    /// <summary>Asks the near agent, as the command does.</summary>
    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? body = null, string? token = Token) =>
        PostAsync(Client, path, body, token);

    public static async Task<(HttpStatusCode Status, string Body)> PostAsync(HttpClient client, string path, string? body = null, string? token = Token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static T Read<T>((HttpStatusCode Status, string Body) answer, JsonTypeInfo<T> type)
    {
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, type)!;
    }

    public static ApiError Error((HttpStatusCode Status, string Body) answer) => JsonSerializer.Deserialize(answer.Body, ApiJson.Default.ApiError)!;

    /// <summary>A connection to the far agent on which the beginning of a load has been sent, with more to come.</summary>
    public async Task<TcpClient> FloodAsync(string framing)
    {
        var raw = new TcpClient();
        await raw.ConnectAsync("127.0.0.1", FarPort, TestContext.Current.CancellationToken);
        await raw.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"POST /v1/probe/sink HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Token}\r\n{framing}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        return raw;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        FarClient.Dispose();
        await _near.DisposeAsync();
        await _far.DisposeAsync();
    }

    private static SystemSpec Change(SystemSpec system, Func<MemberSpec, MemberSpec> change)
    {
        var store = system.Stores["orders"];
        return system with { Stores = system.Stores.SetItem("orders", store with { Members = store.Members.SetItem(Far, change(store.Members[Far])) }) };
    }
}

/// <summary>A member whose figures a test sets, and for which it can be made to wait.</summary>
internal sealed class ProbeDouble : IFactProbe
{
    public Func<CancellationToken, Task<MeasuredMember>> OnMeasure { get; set; } = _ => Task.FromResult(new MeasuredMember([], null, [], []));

    public Task<MeasuredMember> MeasureAsync(TimeSpan look, CancellationToken cancellationToken) => OnMeasure(cancellationToken);
}
