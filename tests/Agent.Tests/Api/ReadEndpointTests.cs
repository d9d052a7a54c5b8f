using System.Net;
using System.Text.Json;
using Holdfast.Agent.Api;

namespace Holdfast.Agent.Tests.Api;

public sealed class ReadEndpointTests
{
    [Fact]
    public async Task The_status_is_the_snapshot_in_camelCase_and_reads_back()
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        var (status, body) = await api.GetAsync("/v1/status");
        status.ShouldBe(HttpStatusCode.OK);
        using var document = JsonDocument.Parse(body);
        document.RootElement.GetProperty("safeToLoseHost").GetBoolean().ShouldBeTrue();
        document.RootElement.GetProperty("members")[1].GetProperty("lagBytes").GetInt64().ShouldBe(0);
        api.Control.Status = api.Control.Status with { Reason = "\"it's\" → ü" };
        (await api.GetAsync("/v1/status")).Body.ShouldContain("\\\"it's\\\" → ü");
        document.RootElement.GetProperty("unprotectedSince").ValueKind.ShouldBe(JsonValueKind.Null);

        var back = JsonSerializer.Deserialize(body, ApiJson.Default.GroupStatus)!;
        back.Members.Select(member => member.Name).ShouldBe(SampleGroup.Names);
        back.Candidates.ShouldBe(["orders-fra-2"]);
    }

    [Fact]
    public async Task A_newer_agents_unknown_fields_are_skipped()
    {
        await using var api = await RunningApi.StartAsync();
        var body = (await api.GetAsync("/v1/status")).Body;
        JsonSerializer.Deserialize(body.Insert(1, "\"new\":{\"x\":[1]},"), ApiJson.Default.GroupStatus)!.Epoch.ShouldBe(7);
    }

    [Fact]
    public async Task The_history_is_newest_first_with_its_milliseconds()
    {
        await using var api = await RunningApi.StartAsync();
        api.Control.History =
        [
            new HistoryEntry { Epoch = 7, Kind = "failover", From = "orders-fra-2", To = "orders-fra-1", Rule = "R3", Reason = "silent", DetectedMs = 600.5 },
            new HistoryEntry { Epoch = 6, Kind = "birth", To = "orders-fra-2", Rule = "R0" },
        ];
        using var document = JsonDocument.Parse((await api.GetAsync("/v1/history")).Body);
        document.RootElement.GetArrayLength().ShouldBe(2);
        document.RootElement[0].GetProperty("detectedMs").GetDouble().ShouldBe(600.5);
        document.RootElement[1].GetProperty("from").ValueKind.ShouldBe(JsonValueKind.Null);
    }
}
