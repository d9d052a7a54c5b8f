using System.Net;
using System.Text;
using Holdfast.Agent.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Api;

/// <summary>A real API on a free loopback port, over a fake agent, and a client to it.</summary>
public sealed class RunningApi : IAsyncDisposable
{
    private readonly AgentApi _api;

    private RunningApi(FakeControl control, AgentApi api, HttpClient client) => (Control, _api, Client) = (control, api, client);

    public FakeControl Control { get; }
    public HttpClient Client { get; }
    public List<string> Faults { get; } = [];

    public static async Task<RunningApi> StartAsync(string member = "orders-fra-1", string? token = null)
    {
        var control = SampleGroup.Control(SampleGroup.System(token), member);
        RunningApi? running = null;
        var api = await AgentApi.StartAsync(
            control, TimeProvider.System, (text, fault) => running!.Faults.Add($"{text}: {fault.Message}"), TestContext.Current.CancellationToken);
        running = new RunningApi(control, api, new HttpClient { BaseAddress = new Uri($"http://{api.Address}"), Timeout = TimeSpan.FromSeconds(10) });
        return running;
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task<(HttpStatusCode Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);
    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? body = null, string? token = null) =>
        SendAsync(HttpMethod.Post, path, body, token);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _api.DisposeAsync();
    }
}
