using System.Globalization;
using System.Net;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>What the agents of two sites answer to load balancers and to Prometheus.</summary>
public sealed class SiteEndpointTests
{
    private const string Primary = "orders-fra-1";
    private const string Leader = "orders-ber-1";

    [Fact]
    public async Task Only_the_active_sites_primary_takes_writes_and_a_standby_leader_answers_as_a_replica()
    {
        await using var sites = await RunningSites.StartAsync();
        (await CodesAsync(sites, Primary)).ShouldBe("primary 200, read-write 200, leader 200, replica 503, read-only 200, readiness 200, async 503");
        (await CodesAsync(sites, Leader)).ShouldBe("primary 503, read-write 503, leader 503, replica 200, read-only 200, readiness 200, async 200");
        (await AskAsync(sites, Leader, "primary")).Body.ShouldContain("ber is passive: the active site is fra");
        sites.ChangeSites("ber", all => all with { ActiveSite = null, Role = "unknown" });
        (await AskAsync(sites, Leader, "primary")).Body.ShouldContain("ber is passive, led by orders-ber-1");
    }

    [Fact]
    public async Task A_primary_whose_site_is_no_longer_the_active_one_takes_neither_writes_nor_reads()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites("fra", all => all with { ActiveSite = "ber", SiteEpoch = 2, Role = "passive" });
        (await CodesAsync(sites, Primary)).ShouldBe("primary 503, read-write 503, leader 503, replica 503, read-only 503, readiness 503, async 503");
        (await AskAsync(sites, Primary, "primary")).Body.ShouldContain("fra is passive: the active site is ber");
    }

    [Fact]
    public async Task The_sites_are_in_the_metrics_and_what_is_not_known_is_not()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites("fra", all => all with
        {
            Link = new LinkStatus { State = "queueing", BacklogBytes = 4096, FullInSeconds = 540, RateBytesPerSecond = 100, RoundTripMs = 3.5 },
        });
        var known = await SamplesAsync(sites, Primary);
        foreach (var (name, value) in new Dictionary<string, double>
        {
            ["holdfast_site_active"] = 1,
            ["holdfast_site_epoch"] = 1,
            ["holdfast_site_lag_seconds"] = 0.2,
            ["holdfast_site_lag_bytes"] = 2048,
            ["holdfast_site_rpo_seconds"] = 5,
            ["holdfast_site_lag_above_rpo"] = 0,
            ["holdfast_safe_to_lose_site"] = 1,
            ["holdfast_site_lease_held"] = 1,
            ["holdfast_site_global_reachable"] = 1,
            ["holdfast_site_moving"] = 0,
            ["holdfast_link_backlog_bytes"] = 4096,
            ["holdfast_link_full_seconds"] = 540,
            ["holdfast_link_rate_bytes_per_second"] = 100,
            ["holdfast_link_round_trip_seconds"] = 0.0035,
            ["holdfast_link_enforcing_rpo"] = 0,
            ["holdfast_link_writes_stopped"] = 0,
            ["holdfast_link_state:queueing"] = 1,
            ["holdfast_link_state:streaming"] = 0,
        })
        {
            known.ShouldContainKeyAndValue(name, value);
        }

        known.Keys.ShouldNotContain("holdfast_link_caught_up_seconds");
        var passive = await SamplesAsync(sites, Leader);
        (passive["holdfast_site_active"], passive["holdfast_site_lease_held"]).ShouldBe((0d, 0d));
        passive.Keys.ShouldNotContain(name => name.StartsWith("holdfast_link", StringComparison.Ordinal));

        sites.ChangeSites("ber", all => all with { Move = SampleMoves.Switchover with { State = "running" }, LagSeconds = null, LagBytes = null });
        passive = await SamplesAsync(sites, Leader);
        passive["holdfast_site_moving"].ShouldBe(1);
        passive.Keys.ShouldNotContain("holdfast_site_lag_seconds");
        sites.ChangeSites("ber", all => all with { ActiveSite = null, GlobalReachable = false, Isolation = "continue" });
        passive = await SamplesAsync(sites, Leader);
        passive["holdfast_site_global_reachable"].ShouldBe(0);
        string[] unknown = ["active", "epoch", "lease_held", "moving", "lag_above_rpo"];
        passive.Keys.Intersect(unknown.Select(name => $"holdfast_site_{name}").Append("holdfast_safe_to_lose_site")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_with_one_site_has_no_metrics_of_sites()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.Change("fra", status => status with { Sites = null });
        (await SamplesAsync(sites, Primary)).Keys.ShouldNotContain(name => name.Contains("site_", StringComparison.Ordinal) || name.Contains("link_", StringComparison.Ordinal));
    }

    private static async Task<string> CodesAsync(RunningSites sites, string member)
    {
        var codes = new List<string>();
        foreach (var path in new[] { "primary", "read-write", "leader", "replica", "read-only", "readiness", "async" })
        {
            codes.Add($"{path} {(int)(await AskAsync(sites, member, path)).Code}");
        }

        return string.Join(", ", codes);
    }

    private static async Task<(HttpStatusCode Code, string Body)> AskAsync(RunningSites sites, string member, string path)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var answer = await client.GetAsync(new Uri($"http://{sites.Controls[member].Member.Agent}/{path}"), TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    // By name, and for the link's state by name and state.
    private static async Task<Dictionary<string, double>> SamplesAsync(RunningSites sites, string member)
    {
        var (code, text) = await AskAsync(sites, member, "metrics");
        code.ShouldBe(HttpStatusCode.OK);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Where(line => line.StartsWith("holdfast_s", StringComparison.Ordinal) || line.StartsWith("holdfast_link", StringComparison.Ordinal)))
        {
            var state = line.IndexOf("state=\"", StringComparison.Ordinal) is > 0 and var at ? $":{line[(at + 7)..line.IndexOf("\"}", StringComparison.Ordinal)]}" : "";
            samples.Add(line[..line.IndexOf('{', StringComparison.Ordinal)] + state, double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }

        return samples;
    }
}
