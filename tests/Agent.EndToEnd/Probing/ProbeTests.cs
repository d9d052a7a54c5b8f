using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Probing;

[Collection(QuietGroup.Name)]
[Trait("Speed", "Slow")]
public sealed class ProbeTests(ZeroLossGroup shared)
{
    private Group Group => shared.Group;

    [Fact]
    public async Task A_running_group_is_measured_while_it_is_written_to()
    {
        var primary = await Group.PrimaryAsync();
        var others = Group.Others(primary).Select(host => host.Name).Order(StringComparer.Ordinal).ToArray();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        await writer.MoreAsync(20, TimeSpan.FromSeconds(20));

        var facts = await ProbeAsync(primary, "member");
        facts.GetProperty("member").GetString().ShouldBe(primary.Name);
        // The group may have had another primary before, in another test.
        facts.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString())
            .ShouldAllBe(problem => problem!.Contains("began before it became the primary", StringComparison.Ordinal));
        Number(facts, "flush", "median").ShouldBeGreaterThan(0);
        Number(facts, "server", "sizeBytes").ShouldBeGreaterThan(1 << 20);
        Number(facts, "server", "logBytesPerSecond").ShouldBeGreaterThan(0);
        Number(facts, "server", "recentLogBytesPerSecond").ShouldBeGreaterThan(0);
        Number(facts, "server", "connections").ShouldBeGreaterThanOrEqualTo(1);
        var standbys = facts.GetProperty("standbys").EnumerateArray().ToArray();
        standbys.Select(standby => standby.GetProperty("member").GetString()).ShouldBe(others);
        standbys.ShouldAllBe(standby => Number(standby, "flush", "median") > 0 && Number(standby, "bytes", "samples") >= 5);

        var link = await ProbeAsync(primary, "link", $$"""{"to":"{{others[0]}}"}""");
        link.GetProperty("from").GetString().ShouldBe(primary.Name);
        link.GetProperty("to").GetString().ShouldBe(others[0]);
        Number(link, "roundTrip", "samples").ShouldBeGreaterThan(0);
        Number(link, "bytesPerSecond").ShouldBeGreaterThan(1 << 20);

        TestContext.Current.SendDiagnosticMessage("{0}", facts);
        TestContext.Current.SendDiagnosticMessage("{0}", link);
        await writer.GoesOnAsync(TimeSpan.FromSeconds(20));
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    private static double Number(JsonElement element, params string[] path) =>
        path.Aggregate(element, (at, name) => at.GetProperty(name)).GetDouble();

    private async Task<JsonElement> ProbeAsync(MemberHost host, string what, string? body = null)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(40) };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{host.AgentPort}/v1/probe/{what}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var token = (await File.ReadAllTextAsync(Group.TokenFile, TestContext.Current.CancellationToken)).Trim();
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }
}
