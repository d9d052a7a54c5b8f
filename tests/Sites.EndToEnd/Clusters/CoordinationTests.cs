using System.Diagnostics;
using System.Text;
using Holdfast.Harness.Etcd;

namespace Holdfast.Sites.EndToEnd.Clusters;

/// <summary>What etcd itself does when links between the sites are cut, with the settings that the harness gives it.</summary>
public sealed class CoordinationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_cut_that_the_witness_does_not_see_elects_nobody_and_stops_nobody()
    {
        await using var cluster = await SiteCluster.PrepareAsync();
        var (fra, ber, muc) = (cluster.Global.Servers[0], cluster.Global.Servers[1], cluster.Global.Servers[2]);
        await cluster.Global.Admin.LeadAsync(fra);
        var before = await cluster.Global.Admin.ViewAsync(fra);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };

        await cluster.Net.CutAsync(Cut.Both("fra", "ber"));
        var cut = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(
            async () => (await cluster.Global.Admin.ViewAsync(ber)).Leader == 0, Limit,
            () => "the server at ber does not notice that it hears no leader");

        // Long enough for several elections, had there been any.
        for (var number = 0; Stopwatch.GetElapsedTime(cut) < 4 * cluster.Global.Options.Election; number++)
        {
            await PutAsync(client, number % 2 == 0 ? fra : muc, $"{number}");
        }

        var after = await cluster.Global.Admin.ViewAsync(fra);
        after.ShouldBe(before); // the same leader in the same term
        (await cluster.Global.Admin.ViewAsync(muc)).ShouldBe(after with { Self = (await cluster.Global.Admin.ViewAsync(muc)).Self });

        await cluster.Net.HealAllAsync();
        await ber.ReadyAsync();
        (await cluster.Global.Admin.ViewAsync(fra)).ShouldBe(before);
    }

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_leader_that_is_cut_off_is_replaced_and_its_site_keeps_its_own_cluster()
    {
        await using var cluster = await SiteCluster.PrepareAsync(new SiteClusterOptions { Coordination = CoordinationLayout.PerSite });
        var (fra, ber, muc) = (cluster.Global.Servers[0], cluster.Global.Servers[1], cluster.Global.Servers[2]);
        await cluster.Global.Admin.LeadAsync(fra);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };

        var lost = (await cluster.Global.Admin.ViewAsync(fra)).Self;
        await cluster.Net.CutAsync(cluster.Net.LinksOf("fra"));

        await Eventually.TrueAsync(
            async () => await cluster.Global.Admin.ViewAsync(muc) is { Leader: not 0 } view && view.Leader != lost,
            Limit, () => "ber and muc elect nobody");
        await PutAsync(client, ber, "global");
        await PutAsync(client, cluster.Local["fra"].Servers[0], "local");
        await PutAsync(client, cluster.Local["ber"].Servers[0], "local");
        await Should.ThrowAsync<Exception>(() => PutAsync(client, fra, "lost"));

        await cluster.Net.HealAllAsync();
        await fra.ReadyAsync();
    }

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_site_crashes_as_a_whole_and_comes_back()
    {
        await using var cluster = await SiteCluster.PrepareAsync(new SiteClusterOptions { Coordination = CoordinationLayout.PerSite });
        await cluster.Global.Admin.LeadAsync(cluster.Global.Servers[0]);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };

        var (admin, ber) = (cluster.Global.Admin, cluster.Global.Servers[1]);
        await cluster.CrashSiteAsync("fra");
        cluster.HostsAt("fra").ShouldAllBe(host => !host.IsUp && host.Etcd.All(server => server.Process.HasExited));
        await Eventually.TrueAsync(
            async () => (await admin.ViewAsync(ber)).Leader != 0 && await AnswersAsync(client, ber), Limit,
            () => "ber and muc do not go on without fra");

        await cluster.Net.HealAsync(cluster.Net.LinksOf("fra"));
        await cluster.Host(SiteCluster.EtcdHost("fra")).BootAsync(); // no agent has ever run on the other hosts
        foreach (var server in (IEnumerable<EtcdServer>)[.. cluster.Global.Servers, .. cluster.Local["fra"].Servers])
        {
            await server.ReadyAsync();
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client, EtcdServer server)
    {
        try
        {
            await PutAsync(client, server, "asked");
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task PutAsync(HttpClient client, EtcdServer server, string value)
    {
        using var content = new StringContent(
            $"{{\"key\": \"{Convert.ToBase64String("k"u8)}\", \"value\": \"{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}\"}}");
        using var answer = await client.PostAsync(new Uri(server.ClientAddress, "/v3/kv/put"), content);
        answer.EnsureSuccessStatusCode();
    }
}
