using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Backups;

/// <summary>Backups of a store with two sites: each has a repository of its own, filled while the store is active there.</summary>
public sealed class RestoreTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const string Rows = "SELECT coalesce(string_agg(id::text, ','), '') FROM writes";

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_table_dropped_after_a_failover_and_a_move_is_brought_back_with_every_commit_before_and_none_after()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        using var folder = new TemporaryFolder("b");
        await using var cluster = await SiteCluster.StartAsync(new SiteClusterOptions
        {
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
                },
            ],
        });
        var store = cluster.Stores[0];
        var (active, passive) = (cluster.Options.Sites[0], cluster.Options.Sites[1]);
        await using var watch = await OneWriterWatch.StartAsync(store);
        var first = (await store.FindPrimaryAsync())!;
        await BackedUpAsync(cluster);

        // A failover inside the first site, whose repository goes on.
        await store.HostOf(first).CrashAsync();
        await watch.WritesAsync(member => member != first, Limit);
        var second = (await store.FindPrimaryAsync())!;
        var (early, earlier) = await MomentAsync(watch, second);
        await watch.WritesAsync(_ => true, Limit);
        await ArchivedAsync(cluster, second);
        await store.HostOf(first).BootAsync();
        await cluster.HealthyAsync(store);

        // A move. The other site's repository begins with its own first backup.
        var moved = await cluster.RunAsync("switchover", "--site", passive, "--yes");
        moved.ExitCode.ShouldBe(0, cluster.Fail(moved.Output));
        await watch.WritesAsync(member => store.SiteOf(member) == passive, Limit);
        await cluster.HealthyAsync(store);
        await BackedUpAsync(cluster);
        var third = (await store.FindPrimaryAsync())!;
        await store.HostOf(third).CrashAsync();
        await watch.WritesAsync(member => member != third, Limit);
        var fourth = (await store.FindPrimaryAsync())!;
        await fourth.AskAsync<string>("SELECT pg_create_restore_point('before-drop')::text");
        var (moment, before) = await MomentAsync(watch, fourth);
        var place = await fourth.AskAsync<string>("SELECT pg_current_wal_insert_lsn()::text");
        await fourth.AskInAsync<string>(RowTable.Name, "DROP TABLE writes; SELECT ''");
        var sent = watch.Commits.Max(commit => commit.Id);
        await ArchivedAsync(cluster, fourth);

        var target = 0;
        foreach (var aim in (string[][])[["--to-time", moment], ["--to-lsn", place], ["--to-name", "before-drop"]])
        {
            await using var copy = await RestoredAsync(cluster, folder.File($"c{++target}"), [.. aim, "--site", passive]);
            var rows = await RowsAsync(copy);
            var wanted = aim[0] == "--to-name" ? before.Where(id => rows.Contains(id)) : before;
            wanted.Except(rows).ShouldBeEmpty($"{aim[0]}: acknowledged before, and not there");
            rows.Where(id => id > sent).ShouldBeEmpty($"{aim[0]}: from after the drop");
        }

        // What was before the move is in the first site's repository, and only there.
        var none = await cluster.RunAsync("restore", "--into", folder.File("none"), "--to-time", early, "--site", passive);
        (none.ExitCode, none.Output.Contains("unable to find backup set", StringComparison.Ordinal)).ShouldBe((1, true), none.Output);
        await using (var copy = await RestoredAsync(cluster, folder.File("early"), ["--to-time", early, "--site", active]))
        {
            earlier.Except(await RowsAsync(copy)).ShouldBeEmpty("acknowledged before the move, and not there");
        }

        var inPlace = await cluster.RunAsync("restore", "--in-place", "--latest", "--yes");
        (inPlace.ExitCode, inPlace.Output.Contains("has two sites", StringComparison.Ordinal)).ShouldBe((1, true), inPlace.Output);
    }

    /// <summary>A moment by the primary's clock, and what was acknowledged before it was asked for.</summary>
    private static async Task<(string Moment, List<long> Before)> MomentAsync(OneWriterWatch watch, MemberHost primary)
    {
        var before = watch.Commits.Select(commit => commit.Id).ToList();
        var moment = await primary.AskAsync<string>("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || 'Z'");
        return (moment, before);
    }

    private static Task<RestoredCopy> RestoredAsync(SiteCluster cluster, string into, string[] target) =>
        RestoredCopy.MakeAsync(arguments => cluster.RunAsync(arguments), into, target);

    private static async Task<HashSet<long>> RowsAsync(RestoredCopy copy) =>
        [.. (await copy.AskAsync(Rows, RowTable.Name)).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => long.Parse(id))];

    private static Task BackedUpAsync(SiteCluster cluster) => Eventually.TrueAsync(
        async () => (await cluster.RunAsync("backup", "--type", "full")).ExitCode == 0, Limit, () => cluster.Fail("no backup is taken"));

    private static async Task ArchivedAsync(SiteCluster cluster, MemberHost primary)
    {
        var piece = await primary.AskAsync<string>("SELECT pg_walfile_name(pg_switch_wal())");
        await Eventually.TrueAsync(
            async () => await primary.AskAsync<bool>($"SELECT coalesce(last_archived_wal, '') COLLATE \"C\" >= '{piece}' FROM pg_stat_archiver"),
            Limit, () => cluster.Fail($"{piece} is not archived"));
    }
}
