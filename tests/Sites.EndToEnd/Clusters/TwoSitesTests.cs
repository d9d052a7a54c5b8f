using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Clusters;

/// <summary>The passive site follows whatever happens inside either site, over one stream.</summary>
public sealed class TwoSitesTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public Task The_passive_site_follows_a_new_primary_and_a_leader_of_its_own_over_one_stream() => FollowsAsync(CoordinationLayout.Stretched);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public Task So_it_does_where_each_site_has_a_coordination_of_its_own() => FollowsAsync(CoordinationLayout.PerSite);

    private async Task FollowsAsync(CoordinationLayout layout)
    {
        await using var cluster = await SiteCluster.StartAsync(new SiteClusterOptions { Coordination = layout });
        var store = cluster.Stores[0];
        var (active, passive) = (cluster.Options.Sites[0], cluster.Options.Sites[1]);
        await using var watch = await OneWriterWatch.StartAsync(store);
        var first = (await store.FindPrimaryAsync())!;
        store.SiteOf(first).ShouldBe(active);
        await OneStreamAsync(cluster, store, passive);

        // A failover inside the active site: a new primary, on a new timeline.
        await store.HostOf(first).CrashAsync();
        var taken = await watch.WritesAsync(member => member != first, Limit);
        var second = store.Member(taken.Member);
        store.SiteOf(second).ShouldBe(active);
        var leader = await LeaderAsync(store, passive);
        await Eventually.TrueAsync(
            async () => await ArrivesAsync(watch, leader) && await RemotesAsync(store, second, passive) == leader.Name, Limit,
            () => cluster.Fail($"{leader.Name} does not follow {second.Name}"));
        output.WriteLine($"{layout}: {passive} has what the new primary writes {Since(taken.Acknowledged)} after its first commit");
        await store.HostOf(first).BootAsync();
        await cluster.HealthyAsync(store);
        await OneStreamAsync(cluster, store, passive);

        // A failover of the passive site's leader.
        leader = await LeaderAsync(store, passive);
        var crashed = Stopwatch.GetTimestamp();
        await store.HostOf(leader).CrashAsync();
        var heir = store.At(passive).Single(member => member != leader);
        await Eventually.TrueAsync(
            async () => await heir.StatusAsync() is { } status && status.Primary == heir.Name && await ArrivesAsync(watch, heir), Limit,
            () => cluster.Fail($"{heir.Name} does not lead {passive}"));
        output.WriteLine($"{layout}: {heir.Name} leads and has what is written {Since(crashed)} after the crash of {leader.Name}");
        await store.HostOf(leader).BootAsync();
        await cluster.HealthyAsync(store);
        await OneStreamAsync(cluster, store, passive);

        watch.Overlaps.ShouldBeEmpty();
        (await watch.LostAsync()).ShouldBeEmpty();
        watch.Commits.Select(commit => store.SiteOf(store.Member(commit.Member))).Distinct().ShouldBe([active]);
    }

    /// <summary>The primary feeds one member at the other site, its leader, which feeds the other one there.</summary>
    private static async Task OneStreamAsync(SiteCluster cluster, SiteStore store, string passive)
    {
        var (primary, leader) = ((await store.FindPrimaryAsync())!, await LeaderAsync(store, passive));
        await Eventually.TrueAsync(
            async () => await RemotesAsync(store, primary, passive) == leader.Name &&
                await RemotesAsync(store, leader, passive) == store.At(passive).Single(member => member != leader).Name,
            Limit, () => cluster.Fail($"{primary.Name} does not feed {leader.Name} alone, or that one not the other"));
        var names = await primary.AskAsync<string>(
            "select string_agg(application_name, ',' order by application_name) from pg_stat_replication where state = 'streaming'");
        names.ShouldBe(string.Join(',', store.Members.Where(one => one == leader || (one != primary && store.SiteOf(one) != passive)).Select(one => one.Name).Order()));
    }

    /// <summary>The members of a site that stream from a server.</summary>
    private static async Task<string> RemotesAsync(SiteStore store, MemberHost server, string site) => await server.AskAsync<string>(
        "select coalesce(string_agg(application_name, ','), '') from pg_stat_replication where state = 'streaming' and application_name in (" +
        string.Join(", ", store.At(site).Select(member => $"'{member.Name}'")) + ")");

    private static async Task<MemberHost> LeaderAsync(SiteStore store, string site)
    {
        MemberHost? leader = null;
        await Eventually.TrueAsync(
            async () => (await store.StatusAsync()).Zip(store.Members).Where(pair => store.SiteOf(pair.Second) == site).Select(pair => pair.First?.Primary)
                .Distinct().ToList() is [{ } name] && (leader = store.Member(name)) is not null,
            Limit, () => $"the members at {site} do not agree on who leads");
        return leader!;
    }

    /// <summary>Whether a member has something that was written just now.</summary>
    private static async Task<bool> ArrivesAsync(OneWriterWatch watch, MemberHost member) =>
        watch.Commits is [.., var newest] && await member.AskInAsync<long>(RowTable.Name, $"select count(*) from writes where id = {newest.Id}") == 1;

    private static string Since(long timestamp) => $"{Stopwatch.GetElapsedTime(timestamp).TotalMilliseconds:0} ms";
}
