using System.Net;
using System.Text;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Changes;

namespace Holdfast.Agent.Tests.Api;

public sealed class AddresseeTests
{
    [Theory]
    [InlineData("/v1/switchover")]
    [InlineData("/v1/failover")]
    [InlineData("/v1/site-moves")]
    [InlineData("/v1/pause")]
    [InlineData("/v1/resume")]
    [InlineData("/v1/reinit")]
    [InlineData("/v1/restart")]
    [InlineData("/v1/losses/rows")]
    public async Task A_call_that_is_meant_for_another_is_refused_and_nothing_is_done(string path)
    {
        await using var api = await RunningApi.StartAsync("orders-fra-2");
        var (status, error) = await PostAsync(api, path, "grid-control/orders-fra-1");
        status.ShouldBe(HttpStatusCode.MisdirectedRequest);
        error.Error.ShouldBe(
            "this is the agent of orders-fra-2 of system grid-control, not of orders-fra-1: the file that was used and the running agents do not agree");
        error.Remedy.ShouldBe("compare the members' agent addresses");
        (await PostAsync(api, path, "walk/orders-fra-2")).Error.Error.ShouldContain("not of orders-fra-2 of system walk");
        foreach (var odd in new[] { "orders-fra-2", "/", "grid-control/orders-fra-2, grid-control/orders-fra-1" })
        {
            (await PostAsync(api, path, odd)).Status.ShouldBe(HttpStatusCode.MisdirectedRequest, odd);
        }

        api.Control.Calls.ShouldBeEmpty();
        api.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_that_is_meant_for_the_member_or_names_nobody_is_taken()
    {
        await using var api = await RunningApi.StartAsync("orders-fra-2");
        (await PostAsync(api, "/v1/pause", Addressee.Of("grid-control", "orders-fra-2"))).Status.ShouldBe(HttpStatusCode.OK);
        (await api.PostAsync("/v1/resume")).Status.ShouldBe(HttpStatusCode.OK);
        api.Control.Calls.ShouldBe(["paused=True", "paused=False"]);
    }

    [Fact]
    public async Task Whoever_lacks_the_token_is_told_that_first()
    {
        await using var api = await RunningApi.StartAsync("orders-fra-2", token: "s3cret");
        (await PostAsync(api, "/v1/reinit", "grid-control/orders-fra-1")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<(HttpStatusCode Status, ApiError Error)> PostAsync(RunningApi api, string path, string addressee)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(Addressee.Header, addressee);
        using var response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, response.IsSuccessStatusCode ? new ApiError("", null) : JsonSerializer.Deserialize(text, ApiJson.Default.ApiError)!);
    }
}
