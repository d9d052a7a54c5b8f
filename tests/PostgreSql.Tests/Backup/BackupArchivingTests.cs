using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>What a server may put into the backup repository, and when.</summary>
[Trait("Speed", "Slow")]
public sealed class BackupArchivingTests
{
    [Fact]
    public async Task Nothing_is_archived_before_it_is_allowed_nor_of_a_later_timeline_than_that_and_all_of_it_afterwards()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = new TestGroup(2, shape: (store, root) => store with { Backup = Declared(root) });
        var a = await group.StartPrimaryAsync("a");
        await a.CreateRepositoryAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        var first = (await group.AskAsync("a", "SELECT pg_walfile_name(pg_switch_wal())"))!;

        await NotedAsync(group, "a", $"{first[..8]}0000000000000001 waits until the record knows its timeline");
        Stored(group, "00000001").ShouldBeEmpty();
        a.AllowArchiving(1);
        await group.Eventually(a, _ => Stored(group, first).Length == 1);

        var b = await group.AddStandbyAsync("b", "a");
        b.AllowArchiving(1);
        await a.StopAsync(StopMode.Fast, group.Token);
        await b.DetachAsync(group.Token);
        await b.SetSyncAsync(SyncRule.None, group.Token);
        await b.PromoteAsync(group.Token);
        await NotedAsync(group, "b", "00000002.history waits until the record knows its timeline");
        Stored(group, "00000002").ShouldBeEmpty();
        b.AllowArchiving(2);
        await group.Eventually(b, view => Stored(group, "00000002.history").Length == 1 && view.Archive is { Waiting: 0 });

        // A server that is started begins anew with nothing allowed.
        await b.StopAsync(StopMode.Fast, group.Token);
        File.Exists(new Layout(group.Spec("b")).BackupAllowed).ShouldBeTrue();
        await b.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, true), group.Token);
        File.Exists(new Layout(group.Spec("b")).BackupAllowed).ShouldBeFalse();
    }

    [Fact]
    public async Task A_repository_of_another_key_or_none_at_all_is_told_and_never_taken_for_an_empty_one()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root) });
        var a = await group.StartPrimaryAsync("a");
        (await a.ReadRepositoryAsync(group.Token)).Exists.ShouldBe(false);
        await a.CreateRepositoryAsync(group.Token);
        var made = await a.ReadRepositoryAsync(group.Token);
        (made.Problem, made.Exists).ShouldBe((null, true));

        var other = group.Store with { Backup = Declared(group.Root, "another key") };
        await using (var engine = new Engines.PostgreSql.PostgreSqlEngine(other, group.Spec("a"), TimeProvider.System))
        {
            var seen = await engine.ReadRepositoryAsync(group.Token);
            seen.Exists.ShouldBeNull();
            seen.Problem.ShouldNotBeNull().ShouldContain("is 'key' the one that the repository was made with?");
            var refused = await Should.ThrowAsync<EngineException>(() => engine.CreateRepositoryAsync(group.Token));
            refused.Message.ShouldContain("pgbackrest");
        }

        var repository = group.Store.Backup!.At("here")!.Place.ToString()!;
        Directory.Move(repository, repository + ".away");
        (await a.ReadRepositoryAsync(group.Token)).Problem.ShouldBe($"{repository} is not there: create or mount it");
    }

    [Fact]
    public async Task A_backup_reads_no_more_in_a_second_than_it_may()
    {
        const long PerSecond = 2_000_000;
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root) with { Bandwidth = PerSecond } });
        var a = await group.StartPrimaryAsync("a");
        await a.CreateRepositoryAsync(group.Token);
        a.AllowArchiving(1);
        var began = Stopwatch.GetTimestamp();

        await a.TakeBackupAsync(BackupType.Full, new Progress<BackupProgress>(), group.Token);

        var took = Stopwatch.GetElapsedTime(began);
        var bytes = (await a.ReadRepositoryAsync(group.Token)).Backups.ShouldHaveSingleItem().DatabaseBytes;
        took.TotalSeconds.ShouldBeGreaterThan(0.8 * bytes / PerSecond);
    }

    private static Task NotedAsync(TestGroup group, string member, string text) => group.Eventually(
        group[member], _ => File.ReadAllText(new Layout(group.Spec(member)).ServerLog).Contains($"holdfast archive: {text}", StringComparison.Ordinal));

    private static string[] Stored(TestGroup group, string name) =>
        Directory.GetFiles(group.Store.Backup!.At("here")!.Place.ToString()!, name + "*", SearchOption.AllDirectories);

    private static BackupSpec Declared(string root, string key = "open sesame") => new()
    {
        Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty.Add("disk", new RepositorySpec
        {
            Name = "disk",
            Site = "here",
            Place = new RepositoryPlace.Folder(Directory.CreateDirectory(Path.Combine(root, "backup")).FullName),
            Key = new Secret(key),
        }),
    };
}
