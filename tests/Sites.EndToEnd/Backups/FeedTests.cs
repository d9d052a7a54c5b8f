using System.Collections.Immutable;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Backups;

/// <summary>A passive site whose queue was given up, of a store that has backups and no archive.</summary>
public sealed class FeedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task It_is_fed_from_the_active_sites_repository_and_cloned_only_when_that_lacks_the_log()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        using var folder = new TemporaryFolder("f");
        await using var cluster = await SiteCluster.StartAsync(new SiteClusterOptions
        {
            HostsPerSite = 1,
            Stores =
            [
                new SiteStoreOptions
                {
                    Further =
                    [
                        "backup:", "  archive-timeout: 5m", "  repositories:",
                        .. ((string[])["fra", "ber"]).Select(site =>
                            $"    {site}-disk: {{ site: {site}, directory: \"{Directory.CreateDirectory(folder.File(site)).FullName}\" }}"),
                    ],
                    SiteLink = ImmutableDictionary<string, string>.Empty.Add("queue-bound", "64MB"),
                    FurtherPostgreSql = ["slot-bound: 64MiB"],
                    Parameters = ImmutableDictionary<string, string>.Empty.Add("wal_keep_size", "0"),
                },
            ],
        });
        var store = cluster.Stores[0];
        var (primary, leader) = (store.At("fra").Single(), store.At("ber").Single());
        await primary.AskAsync<object>("create table filling (n int, t text)");
        var server = leader.Postmaster;

        await LoseQueueAsync(cluster, primary, begin: 0);
        await cluster.Net.HealAllAsync();
        await ArrivedAsync(cluster, leader, rows: 10);
        leader.Postmaster.ShouldBe(server, cluster.Fail("it was neither cloned nor restarted"));
        leader.Log().ShouldContain($"follows {primary.Name}, fed from the repository ber-disk and the repository fra-disk");
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(leader.Own, "feed")), Limit, () => cluster.Fail("it is still fed"));
        Directory.GetFiles(folder.File("ber"), "*", SearchOption.AllDirectories).ShouldBeEmpty("the passive site archives nothing");

        await LoseQueueAsync(cluster, primary, begin: 10);
        foreach (var piece in Directory.GetFiles(folder.File("fra"), "0000000*-*", SearchOption.AllDirectories))
        {
            File.Delete(piece);
        }

        await cluster.Net.HealAllAsync();
        await ArrivedAsync(cluster, leader, rows: 20);
        leader.Postmaster.ShouldNotBe(server);
        leader.Log().ShouldContain($"neither {primary.Name} nor the repository ber-disk nor the repository fra-disk has the log that this member needs");
    }

    /// <summary>The link is cut for longer than the queue lasts.</summary>
    private static async Task LoseQueueAsync(SiteCluster cluster, MemberHost primary, int begin)
    {
        await cluster.Net.CutAsync(Cut.Both("fra", "ber"));
        for (var part = 0; part < 10; part++)
        {
            await primary.AskAsync<object>(
                $"insert into filling select {begin + part}, repeat(md5(random()::text), 60) from generate_series(1, 6000)");
            await primary.AskAsync<object>("checkpoint");
        }

        await SiteBackups.ArchivedAsync(cluster, primary);
        await primary.AskAsync<object>("checkpoint");
        await primary.SaysAsync(status => status.Sites?.Link?.State == "lost", Limit, "the queue is given up");
    }

    private static Task ArrivedAsync(SiteCluster cluster, MemberHost leader, int rows) => Eventually.TrueAsync(
        async () => await CountAsync(leader) == rows, Limit, () => cluster.Fail($"{leader.Name} has not caught up"));

    /// <summary>Null: it does not answer.</summary>
    private static async Task<long?> CountAsync(MemberHost leader)
    {
        try
        {
            return await leader.AskAsync<long>("select count(distinct n) from filling");
        }
        catch (Npgsql.NpgsqlException)
        {
            return null;
        }
    }
}
