using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Link;

/// <summary>A standby whose log is gone from its upstream, fed from the backup repositories.</summary>
[Trait("Speed", "Slow")]
public sealed class RepositoryFeedTests
{
    private const string Key = "open sesame";
    private const string Rows = "SELECT (SELECT count(*) FROM t)::text || '/' || (SELECT count(*) FROM u)::text";

    [Fact]
    public async Task It_catches_up_from_the_other_sites_repository_which_it_only_reads_and_says_why_when_that_cannot_be_read()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = await StartedAsync(2, remote: "b");
        var a = group["a"];
        // As after a failover: whoever is fed needs the history of the upstream's timeline.
        await a.StopAsync(StopMode.Fast, group.Token);
        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
        await group.Eventually(a, view => view.ApplyIdle);
        a.AllowArchiving(2);
        await a.PromoteAsync(group.Token);
        await group.SetRuleAsync("a", SyncRule.None);
        var b = await group.AddStandbyAsync("b", "a");
        var server = group.PostmasterPid("b");
        await b.DetachAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await FillAsync(group, "a", "t", 5);
        await group.Eventually(a, view => view.Slots is [{ Lost: true }]);
        await b.AttachAsync("a", group.Token);
        await group.Eventually(b, view => view.LogGone);

        var repository = Place(group, "here");
        Directory.Move(repository, repository + ".away");
        await b.FeedAsync("a", group.Token);
        var lacks = await group.Eventually(b, view => view.ArchiveLacks);
        (lacks.Feeding, lacks.LogGone, lacks.Streaming).ShouldBe((true, true, false));
        lacks.Fault.ShouldNotBeNull().ShouldStartWith("neither a nor the repository disk-here nor the repository disk-there has the log");
        lacks.Fault.ShouldContain($"the repository of here: {repository} is not there: mount it");
        lacks.Fault.ShouldEndWith("it must be cloned anew");
        Directory.Move(repository + ".away", repository);

        a.AllowArchiving(null);
        var before = Contents(group);
        await b.FeedAsync("a", group.Token);
        await group.Eventually(b, view => view.Streaming, seconds: 60);
        // The keys are in files for their owner only, while it is fed and no longer.
        var layout = new Layout(group.Spec("b"));
        Directory.GetFiles(layout.FeedDirectory, "*.conf").Order().ShouldBe([layout.FeedRepository("orders.here"), layout.FeedRepository("orders.there")]);
        File.ReadAllText(layout.FeedRepository("orders.here")).ShouldContain(Key);
        File.GetUnixFileMode(layout.FeedRepository("orders.here")).ShouldBe(AtomicFile.OwnerOnly);
        await b.AttachAsync("a", group.Token);
        Directory.Exists(layout.FeedDirectory).ShouldBeFalse();
        (await group.AskAsync("b", "SELECT count(*)::text FROM t")).ShouldBe("5");
        group.PostmasterPid("b").ShouldBe(server, "it was neither cloned nor restarted");
        Contents(group).ShouldBe(before);
    }

    [Fact]
    public async Task Log_beyond_the_fork_of_a_timeline_that_was_left_is_not_taken_from_the_repository()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = await StartedAsync(3, remote: "");
        var (a, b, c) = (group["a"], await group.AddStandbyAsync("b", "a"), await group.AddStandbyAsync("c", "a"));
        await c.DetachAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int); CREATE TABLE u (n int)");
        await FillAsync(group, "a", "t", 1);
        await group.Eventually(b, view => view.Streaming);
        var end = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await group.Eventually(b, view => view.Applied >= end);
        await b.DetachAsync(group.Token);
        // What a has beyond, b never had; the repository has it.
        await FillAsync(group, "a", "u", 4);
        await a.StopAsync(StopMode.Fast, group.Token);
        await b.SetSyncAsync(SyncRule.None, group.Token);
        b.AllowArchiving(2);
        await b.PromoteAsync(group.Token);
        await b.KeepLogForAsync(["a", "c"], group.Token);
        await FillAsync(group, "b", "t", 4);
        var pieces = Stored(group, "000000020");
        var fork = pieces.Select(Number).Min()!;
        Stored(group, "000000010").Select(Number).Max().ShouldBeGreaterThan(fork);

        // A server takes an older timeline's piece where it does not get the younger one's.
        pieces.ToList().ForEach(piece => File.Move(piece, Path.Combine(group.Root, Path.GetFileName(piece))));
        await c.AttachAsync("b", group.Token);
        await group.Eventually(c, view => view.LogGone);
        await c.FeedAsync("b", group.Token);
        var lacks = await group.Eventually(c, view => view.ArchiveLacks, seconds: 60);
        lacks.Fault.ShouldNotBeNull().ShouldContain($"from 00000002{fork} on");
        (await group.AskAsync("c", Rows)).ShouldBe("1/0");

        pieces.ToList().ForEach(piece => File.Move(Path.Combine(group.Root, Path.GetFileName(piece)), piece));
        await c.FeedAsync("b", group.Token);
        await group.Eventually(c, view => view.Streaming && view.Position is { Timeline: 2 }, seconds: 60);
        await c.AttachAsync("b", group.Token);
        (await group.AskAsync("c", Rows)).ShouldBe("5/0");
    }

    [Fact]
    public async Task A_history_in_the_repository_gives_way_to_another_of_the_same_number_only_while_it_has_no_log()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = await StartedAsync(3, remote: "");
        var (a, b, c) = (group["a"], await group.AddStandbyAsync("b", "a"), await group.AddStandbyAsync("c", "a"));
        await c.DetachAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        // They fork in different segments, so what each archives of the old timeline is no matter of dispute.
        await FillAsync(group, "a", "t", 1);
        var end = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await group.Eventually(b, view => view.Applied >= end);
        await a.StopAsync(StopMode.Immediate, group.Token);
        foreach (var heir in (PostgreSqlEngine[])[b, c])
        {
            await heir.DetachAsync(group.Token);
            await heir.SetSyncAsync(SyncRule.None, group.Token);
            heir.AllowArchiving(2);
        }

        // Neither knows of the other's timeline.
        await b.PromoteAsync(group.Token);
        await group.Eventually(b, view => view.Archive is { Waiting: 0 } && Stored(group, "00000002.history").Length == 1);
        await c.PromoteAsync(group.Token);
        await group.AskAsync("c", "SELECT pg_switch_wal()::text");
        await group.Eventually(c, view => view.Archive is { Waiting: 0 } && Stored(group, "000000020").Length > 0);

        // b's, which was replaced, comes again.
        var status = Path.Combine(group.Spec("b").Data, "pg_wal", "archive_status");
        File.Move(Path.Combine(status, "00000002.history.done"), Path.Combine(status, "00000002.history.ready"));
        await group.AskAsync("b", "SELECT pg_switch_wal()::text");
        var refused = await group.Eventually(b, view => view.Archive is { LastError: not null });
        refused.Archive!.LastError.ShouldStartWith("00000002.history is there already with other contents, and with log");
        // Nor when its agent prepares the repository, as it does whenever a primary begins.
        var also = await Should.ThrowAsync<EngineException>(() => b.CreateRepositoryAsync(group.Token));
        also.Message.ShouldContain("is there already with other contents, and with log");
        await c.CreateRepositoryAsync(group.Token);
    }

    private static string[] Stored(TestGroup group, string name) => Directory.GetFiles(Place(group, "here"), name + "*", SearchOption.AllDirectories);

    private static string Place(TestGroup group, string site) => group.Store.Backup!.At(site)!.Place.ToString()!;

    private static string Number(string path) => Path.GetFileName(path)[8..24];

    /// <summary>Every file and directory of both repositories, with its time.</summary>
    private static List<string> Contents(TestGroup group) =>
    [
        .. ((string[])["here", "there"]).SelectMany(site => Directory.GetFileSystemEntries(Place(group, site), "*", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal).Select(path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks}"),
    ];

    /// <summary>Each row in a segment of its own, all archived; then a checkpoint, which removes what nobody keeps.</summary>
    private static async Task FillAsync(TestGroup group, string member, string table, int segments)
    {
        var last = "";
        for (var segment = 0; segment < segments; segment++)
        {
            await group.ExecuteAsync(member, $"INSERT INTO {table} VALUES ({segment})");
            last = (await group.AskAsync(member, "SELECT pg_walfile_name(pg_switch_wal())"))!;
        }

        await group.Eventually(group[member], _ => Stored(group, last).Length == 1, seconds: 60);
        await group[member].CheckpointAsync(group.Token);
    }

    /// <summary>Primary a, whose bounds are small, and a repository for each site.</summary>
    private static async Task<TestGroup> StartedAsync(int members, string remote)
    {
        var group = new TestGroup(
            members,
            spec => spec with
            {
                SlotBoundMebibytes = 16,
                Parameters = spec.Parameters.SetItem("max_wal_size", "32MB").SetItem("min_wal_size", "32MB").SetItem("wal_keep_size", "0"),
            },
            remote: remote,
            shape: (store, root) => store with
            {
                Link = new SiteLinkSpec { QueueBound = 16L << 20 },
                Backup = new BackupSpec { Repositories = ImmutableSortedDictionary.CreateRange(((string[])["here", "there"]).Select(Declared(root))) },
            });
        try
        {
            var a = await group.StartPrimaryAsync("a");
            await a.CreateRepositoryAsync(group.Token);
            a.AllowArchiving(1);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    private static Func<string, KeyValuePair<string, RepositorySpec>> Declared(string root) => site => KeyValuePair.Create($"disk-{site}", new RepositorySpec
    {
        Name = $"disk-{site}",
        Site = site,
        Place = new RepositoryPlace.Folder(Directory.CreateDirectory(Path.Combine(root, $"backup-{site}")).FullName),
        Key = new Secret(Key),
    });
}
