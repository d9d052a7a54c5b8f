using System.Diagnostics;
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
        await SiteBackups.TakeAsync(cluster);
        var read = await cluster.RunAsync("backups", "--verify");
        read.ExitCode.ShouldBe(0, $"the other site's repository, which nobody has begun, is no finding: {read.Output}");

        // A failover inside the first site, whose repository goes on.
        await store.HostOf(first).CrashAsync();
        var second = await store.TakenOverAsync(first, Limit);
        var early = await MarkAsync(watch, second, SiteBackups.Clock);
        await watch.WritesAsync(_ => true, Limit);
        await SiteBackups.ArchivedAsync(cluster, second);
        await store.HostOf(first).BootAsync();
        await cluster.HealthyAsync(store);

        // A move. The other site's repository begins with its own first backup.
        var moved = await cluster.RunAsync("switchover", "--site", passive, "--yes");
        moved.ExitCode.ShouldBe(0, cluster.Fail(moved.Output));
        await watch.WritesAsync(member => store.SiteOf(member) == passive, Limit);
        await cluster.HealthyAsync(store);
        await SiteBackups.TakeAsync(cluster);
        var third = (await store.FindPrimaryAsync())!;
        await store.HostOf(third).CrashAsync();
        var fourth = await store.TakenOverAsync(third, Limit);
        (string Option, Mark Mark)[] aims =
        [
            ("--to-name", await MarkAsync(watch, fourth, "SELECT pg_create_restore_point('before-drop')::text") with { Value = "before-drop" }),
            ("--to-lsn", await MarkAsync(watch, fourth, "SELECT pg_current_wal_insert_lsn()::text")),
            ("--to-time", await MarkAsync(watch, fourth, SiteBackups.Clock)),
        ];
        await watch.WritesAsync(_ => true, Limit);
        await fourth.AskInAsync<string>(RowTable.Name, "DROP TABLE writes; CREATE TABLE later (id int); SELECT ''");
        await SiteBackups.ArchivedAsync(cluster, fourth);

        foreach (var (option, mark) in aims)
        {
            await using var copy = await RestoredAsync(cluster, folder.File($"c{option[^4..]}"), [option, mark.Value, "--site", passive]);
            await ComparedAsync(copy, watch, mark, option);
        }

        // What was before the move is in the first site's repository, and only there.
        var none = await cluster.RunAsync("restore", "--into", folder.File("none"), "--to-time", early.Value, "--site", passive);
        (none.ExitCode, none.Output.Contains("unable to find backup set", StringComparison.Ordinal)).ShouldBe((1, true), none.Output);
        await using (var copy = await RestoredAsync(cluster, folder.File("early"), ["--to-time", early.Value, "--site", active]))
        {
            await ComparedAsync(copy, watch, early, "before the move");
        }

        var inPlace = await cluster.RunAsync("restore", "--in-place", "--latest", "--yes");
        (inPlace.ExitCode, inPlace.Output.Contains("has two sites", StringComparison.Ordinal)).ShouldBe((1, true), inPlace.Output);
    }

    /// <summary>Asks the primary for what names this moment, with writes before it and after it.</summary>
    private static async Task<Mark> MarkAsync(OneWriterWatch watch, MemberHost primary, string sql)
    {
        await watch.WritesAsync(member => member == primary, Limit);
        var before = watch.Commits.Select(commit => commit.Id).ToList();
        var value = await primary.AskAsync<string>(sql);
        var mark = new Mark(value, before, Stopwatch.GetTimestamp());
        await watch.WritesAsync(member => member == primary, Limit);
        return mark;
    }

    /// <summary>The copy has all that was acknowledged before the moment was asked for, and nothing that was sent after it was told.</summary>
    private static async Task ComparedAsync(RestoredCopy copy, OneWriterWatch watch, Mark mark, string what)
    {
        var rows = (await copy.AskAsync(Rows, RowTable.Name)).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToHashSet();
        var after = watch.Since(mark.Told).Select(commit => commit.Id).ToList();
        mark.Before.ShouldNotBeEmpty();
        after.ShouldNotBeEmpty();
        mark.Before.Except(rows).ShouldBeEmpty($"{what}: acknowledged before, and not there");
        after.Intersect(rows).ShouldBeEmpty($"{what}: sent after, and there");
        (await copy.AskAsync("SELECT to_regclass('later') IS NULL", RowTable.Name)).ShouldBe("t", what);
    }

    private static Task<RestoredCopy> RestoredAsync(SiteCluster cluster, string into, string[] target) =>
        RestoredCopy.MakeAsync(arguments => cluster.RunAsync(arguments), into, target);

    /// <param name="Value">What names the moment.</param>
    /// <param name="Before">What was acknowledged before the moment was asked for.</param>
    /// <param name="Told">When the answer had come.</param>
    private sealed record Mark(string Value, IReadOnlyCollection<long> Before, long Told);
}
