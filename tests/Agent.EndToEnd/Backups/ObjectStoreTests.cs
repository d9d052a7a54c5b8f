using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Harness.Members;
using Holdfast.Harness.ObjectStores;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>A repository in a real object store: Ceph's gateway.</summary>
[Trait("Speed", "Slow")]
public sealed class ObjectStoreTests
{
    private const string Bucket = "backups";
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_store_is_backed_up_into_a_bucket_over_a_failover_and_an_outage_of_the_object_store()
    {
        await using var ceph = await StartCephAsync();
        await using var group = await StartAsync(ceph);
        var old = await group.PrimaryAsync();
        await old.AskAsync<string>("CREATE TABLE told (id int); INSERT INTO told VALUES (1); SELECT ''");

        var full = await group.RunAsync("backup", "--type", "full");

        full.ExitCode.ShouldBe(0, full.Output + group.Logs());
        var configuration = Path.Combine(old.Own, "pgbackrest.conf");
        File.GetUnixFileMode(configuration).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(configuration)).ShouldContain($"repo1-s3-key-secret={CephCluster.SecretKey}\n");

        // The next primary goes on in the same place.
        await old.CrashAsync();
        var now = await group.TakenOverAsync(old, Soon);
        await now.AskAsync<int>("INSERT INTO told VALUES (2) RETURNING id");
        await BackupGroup.ArchivedAsync(group, now);
        var seen = await group.RunAsync("backups");
        (seen.ExitCode, seen.Output.Contains("Gap", StringComparison.Ordinal)).ShouldBe((0, false), seen.Output + group.Logs());
        seen.Output.ShouldContain($"s3://{Bucket}/cloud at localhost:{ceph.Port.ToString(CultureInfo.InvariantCulture)}");

        // The object store stands still: the store goes on, and everybody is told.
        await ceph.Gateway.FreezeAsync();
        var place = await now.AskAsync<string>("INSERT INTO told VALUES (3); SELECT pg_walfile_name(pg_switch_wal())");
        await BackupGroup.SaysAsync(group, "s3://backups/cloud", Soon);
        await BackupGroup.SaysAsync(group, "archiving has failed for", Soon);
        (await now.AskAsync<int>("INSERT INTO told VALUES (4) RETURNING id")).ShouldBe(4);
        var refused = await group.RunAsync("backup");
        (refused.ExitCode, refused.Output.Contains("s3://backups/cloud", StringComparison.Ordinal)).ShouldBe((1, true), refused.Output);
        ceph.Gateway.Thaw();
        await Eventually.TrueAsync(
            async () => await now.AskAsync<bool>($"SELECT coalesce(last_archived_wal, '') COLLATE \"C\" >= '{place}' FROM pg_stat_archiver"), Soon,
            () => $"{place} is not archived once the object store is back:\n{group.Logs()}");
        await Eventually.TrueAsync(
            async () => !(await group.RunAsync("status")).Output.Contains("s3://", StringComparison.Ordinal), Soon, () => $"it is still told:\n{group.Logs()}");

        var more = await group.RunAsync("backup");
        (more.ExitCode, more.Output.Contains("is taken: incremental", StringComparison.Ordinal)).ShouldBe((0, true), more.Output + group.Logs());
        var scan = await group.RunAsync("backups", "--verify");
        scan.ExitCode.ShouldBe(0, scan.Output + group.Logs());
        await BackupGroup.ArchivedAsync(group, now);
        await using (var copy = await RestoredCopy.MakeAsync(group, "all", "--latest"))
        {
            (await copy.AskAsync("SELECT string_agg(id::text, ',' ORDER BY id) FROM told")).ShouldBe("1,2,3,4");
        }

        // The restore in place goes by the same repository.
        await now.AskAsync<string>("SELECT pg_create_restore_point('here')::text");
        await now.AskAsync<int>("INSERT INTO told VALUES (5) RETURNING id");
        old.StartAgent();
        await group.HealthyAsync(Soon);
        var back = await group.RunAsync("restore", "--in-place", "--to-name", "here", "--yes");
        back.ExitCode.ShouldBe(0, back.Output + group.Logs());
        (await (await group.PrimaryAsync()).AskAsync<string>("SELECT string_agg(id::text, ',' ORDER BY id) FROM told")).ShouldBe("1,2,3,4");
    }

    [Fact]
    public async Task What_somebody_with_the_keys_deletes_from_a_locked_bucket_comes_back()
    {
        await using var ceph = await StartCephAsync(lockDays: 1);
        await using var group = await StartAsync(ceph);
        var primary = await group.PrimaryAsync();
        await primary.AskAsync<string>("CREATE TABLE told (id int); INSERT INTO told VALUES (1); SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await BackupGroup.ArchivedAsync(group, primary);
        using var client = ceph.Client();
        var before = await client.VersionsAsync(Bucket);

        // Somebody has become the agents' user: the keys are on the member's host.
        foreach (var path in (string[])["backup", "archive"])
        {
            await using var attack = ChildProcess.Start(
                "pgbackrest", [$"--config={Path.Combine(primary.Own, "pgbackrest.conf")}", "--log-level-console=off", "repo-rm", "--recurse", path],
                Path.Combine(group.Folder, "attack.log"));
            await attack.WaitForExitAsync(TestContext.Current.CancellationToken);
            attack.ExitCode.ShouldBe(0, attack.LogTail());
        }

        foreach (var version in before.Take(20))
        {
            (await client.RemoveAsync(Bucket, version)).ShouldBeFalse(version.Key);
        }

        var gone = await group.RunAsync("backups");
        gone.Output.ShouldContain("no backup yet");

        // What is deleted bears a mark; without it, it is there again.
        var after = await client.VersionsAsync(Bucket);
        before.Except(after).ShouldBeEmpty();
        foreach (var mark in after.Where(version => version.IsDeletion))
        {
            (await client.RemoveAsync(Bucket, mark)).ShouldBeTrue(mark.Key);
        }

        await using var copy = await RestoredCopy.MakeAsync(group, "all", "--latest");
        (await copy.AskAsync("SELECT count(*) FROM told")).ShouldBe("1");
    }

    private static async Task<CephCluster> StartCephAsync(int? lockDays = null)
    {
        AllTests.Only();
        Assert.SkipUnless(CephCluster.IsInstalled, "Ceph is not installed: scripts/install-dependencies ceph-mon ceph-osd radosgw installs it");
        var ceph = await CephCluster.StartAsync();
        try
        {
            using var client = ceph.Client();
            await client.CreateBucketAsync(Bucket, lockDays);
            return ceph;
        }
        catch
        {
            await ceph.DisposeAsync();
            throw;
        }
    }

    private static Task<Group> StartAsync(CephCluster ceph) => BackupGroup.StartAsync(BackupGroup.Options with { Store = Lines(ceph) });

    private static ImmutableArray<string> Lines(CephCluster ceph) =>
    [
        "backup:",
        "  repositories:",
        "    cloud:",
        "      site: home",
        "      key: \"file:FOLDER/backup-key\"",
        $"      s3: {{ endpoint: \"localhost:{ceph.Port.ToString(CultureInfo.InvariantCulture)}\", bucket: {Bucket}, region: us-east-1, uri-style: path, " +
            $"access-key: {CephCluster.AccessKey}, secret-key: {CephCluster.SecretKey}, ca: \"{ceph.AuthorityFile}\" }}",
        "  archive-timeout: 5m",
        "  processes: 4",
    ];
}
