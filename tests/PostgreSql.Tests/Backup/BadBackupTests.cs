using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>A real repository, made once and copied for each way in which it can be bad: the scan and the test restore find it, and name it.</summary>
[Trait("Speed", "Slow")]
public sealed class BadBackupTests
{
    private const string Key = "open sesame";

    /// <param name="Spoil">Given the repository's folder.</param>
    /// <param name="Scan">What the scan says.</param>
    /// <param name="Check">Which check of the test restore fails.</param>
    /// <param name="Says">What that check says.</param>
    private sealed record Case(string Name, Action<string> Spoil, string Scan, string Check, string Says, string Key = BadBackupTests.Key);

    private static readonly Case[] Cases =
    [
        new("missing file", root => File.Delete(Table(root)), "is missing", "restore", "base/"),
        new("flipped byte", root => Flip(Table(root)), "is damaged: its checksum is wrong", "restore", "ERROR_contentChecksum_invalid"),
        new("missing piece of log", root => File.Delete(Piece(root, 3)), "log is missing: 1 piece from", "archive", "log is missing: 1 piece from"),
        new("backup without its log", root => File.Delete(Piece(root, 0)), "is of no use: its own log is not whole", "recovery", ""),
        new("damaged piece of log", root => Flip(Piece(root, 3)), "cannot be read", "recovery", "could not restore file"),
        new("wrong key", _ => { }, "backup.info cannot be read", "restore", "is 'key' the one", Key: "another key"),
        new("truncated manifest", root => Cut(root, "backup.manifest"), "its manifest cannot be read", "restore", "manifest"),
        new("truncated index of backups", root => Cut(root, "backup.info"), "backup.info cannot be read", "restore", "backup.info"),
        new("truncated index of the archive", root => Cut(root, "archive.info"), "archive.info cannot be read", "restore", "archive.info"),
    ];

    [Fact]
    public async Task Each_way_in_which_a_backup_can_be_bad_is_found_and_named()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root, Key) });
        var a = await group.StartPrimaryAsync("a");
        await a.CreateRepositoryAsync(group.Token);
        a.AllowArchiving(1);
        await group.ExecuteAsync("a", "CREATE TABLE told (id int PRIMARY KEY, word text)");
        await group.ExecuteAsync("a", "INSERT INTO told SELECT n, repeat('x', 500) FROM generate_series(1, 2000) n");
        await a.TakeBackupAsync(BackupType.Full, new Unheard(), group.Token);
        for (var round = 0; round < 5; round++)
        {
            await group.ExecuteAsync("a", $"INSERT INTO told VALUES ({round} + 10000)");
            await group.AskAsync("a", "SELECT pg_switch_wal()::text");
        }

        await group.Eventually(a, view => view.Archive is { Waiting: 0 });
        var scratch = group.Store.Backup!.RestoreTest!.Directory;
        var foreign = Directory.CreateDirectory(Path.Combine(scratch, "restore-of-somebody")).FullName;
        File.WriteAllText(Path.Combine(foreign, "keep"), "");

        var scan = await a.ScanRepositoryAsync("1", new Unheard(), group.Token);
        scan.Findings.ShouldBeEmpty();
        (scan.Files > 500, scan.Pieces >= 6).ShouldBe((true, true), scan.ToString());
        var good = await a.TestRestoreAsync(Order(group.Store, "good"), new Unheard(), group.Token);
        good.Select(moment => moment.IsOk).ShouldBe([true, true], Told(good));
        var latest = good[0].Checks.ToDictionary(check => check.Name, StringComparer.Ordinal);
        good[0].Checks.Select(check => check.Name).ShouldBe(
            ["restore", "recovery", "archive", "amcheck", "assertion rows", "comparison", "page checksums"], Told(good));
        latest["comparison"].ShouldSatisfyAllConditions(
            check => check.Outcome.ShouldBe(CheckOutcome.Passed, Told(good)), check => check.Detail.ShouldContain("tables are equal to those of a"));
        latest["amcheck"].Outcome.ShouldBe(CheckOutcome.Passed, Told(good));
        good[1].Checks.Single(check => check.Name == "comparison").Detail.ShouldContain("a past moment");

        // A table whose contents are not what they were is told from one that was written to.
        await group.ExecuteAsync("a", "UPDATE told SET word = 'changed' WHERE id = 10000");
        var changed = (await a.TestRestoreAsync(Order(group.Store, "changed"), new Unheard(), group.Token))[0];
        changed.Checks.Single(check => check.Name == "comparison").Detail.ShouldContain(
            "1 not compared: they were changed since", customMessage: Told([changed]));

        // What is wrong in a copy fails, by each check that can see it: an index that does not fit its table, other contents, a broken page.
        await group.ExecuteAsync("a", "CREATE FUNCTION turned(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'");
        await group.ExecuteAsync("a", "CREATE INDEX ON told (turned(id))");
        await group.ExecuteAsync("a", "CREATE OR REPLACE FUNCTION turned(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT -$1'");
        await group.AskAsync("a", "SELECT pg_switch_wal()::text");
        await group.Eventually(a, view => view.Archive is { Waiting: 0 });
        var spoilt = Order(group.Store, "spoilt");
        spoilt = spoilt with
        {
            Spec = spoilt.Spec with
            {
                Assertions =
                [
                    new RestoreAssertion("changes", "UPDATE told SET word = 'other' WHERE id = 1 RETURNING true", "postgres"),
                    // What is still to be written out would cover the damage.
                    new RestoreAssertion(
                        "breaks", "CHECKPOINT; COPY (SELECT 1) TO PROGRAM " +
                        "'printf XYZ | dd of=base/1/2619 bs=1 seek=5000 conv=notrunc 2>/dev/null'", "postgres"),
                ],
            },
        };
        var ill = (await a.TestRestoreAsync(spoilt, new Unheard(), group.Token))[0];
        ill.Checks.Where(check => check.Outcome == CheckOutcome.Failed).Select(check => check.Name).ShouldBe(
            ["amcheck", "assertion breaks", "comparison", "page checksums"], Told([ill]));
        ill.Checks.Single(check => check.Name == "comparison").Detail.ShouldContain("public.told", customMessage: Told([ill]));
        ill.Checks.Single(check => check.Name == "page checksums").Detail.ShouldContain("base/1/2619", customMessage: Told([ill]));

        // Ended half way, it leaves nothing; nor does one that was killed, once the next begins.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(group.Token);
        var slow = Order(group.Store, "slow");
        slow = slow with { Spec = slow.Spec with { Assertions = [new RestoreAssertion("slow", "SELECT pg_sleep(600) IS NULL", "postgres")] } };
        await Should.ThrowAsync<OperationCanceledException>(
            () => a.TestRestoreAsync(slow, new Heard("asking slow", end.Cancel), end.Token));
        Directory.GetFileSystemEntries(scratch).ShouldBe([foreign]);
        var (killed, others) = (Left(scratch, "killed", "orders at here, by a"), Left(scratch, "others", "orders at here, by b"));
        await a.RemoveLeftoversAsync(group.Store.Backup!.RestoreTest!, group.Token);
        (Directory.Exists(killed), Directory.Exists(others)).ShouldBe((false, true));
        Directory.Delete(others, recursive: true);

        await a.StopAsync(StopMode.Fast, group.Token);
        var repository = group.Store.Backup!.At("here")!.Place.ToString()!;
        Directory.Move(repository, repository + ".good");
        var wrong = new List<string>();
        foreach (var bad in Cases)
        {
            using var copy = Process.Start("cp", ["-a", repository + ".good", repository])!;
            await copy.WaitForExitAsync(group.Token);
            bad.Spoil(repository);
            var store = group.Store with { Backup = Declared(group.Root, bad.Key) };
            await using var engine = new PostgreSqlEngine(store, group.Spec("a"), TimeProvider.System);

            var found = await engine.ScanRepositoryAsync("1", new Unheard(), group.Token);
            var told = string.Join("\n", found.Findings);
            var tester = new RestoreTester(store, "here", "a", null, TimeProvider.System);
            var moments = await tester.RunAsync(Order(store, "bad"), new Unheard(), group.Token);
            var check = moments.SelectMany(moment => moment.Checks).FirstOrDefault(check => check.Outcome == CheckOutcome.Failed);
            if (!told.Contains(bad.Scan, StringComparison.Ordinal)
                || check?.Name != bad.Check || !check.Detail.Contains(bad.Says, StringComparison.Ordinal))
            {
                wrong.Add($"{bad.Name}:\n{told}\n{Told(moments)}");
            }

            Directory.GetFileSystemEntries(scratch).ShouldBe([foreign]);
            Directory.Delete(repository, recursive: true);
        }

        wrong.ShouldBeEmpty(string.Join("\n\n", wrong));
        File.Exists(Path.Combine(foreign, "keep")).ShouldBeTrue();
    }

    private static RestoreTestOrder Order(StoreSpec store, string id) => new(id, store.Backup!.RestoreTest!, Seed: 7);

    private static string Told(IEnumerable<RestoredMoment> moments) => string.Join(
        "\n", moments.SelectMany(moment => moment.Checks.Select(
            check => $"{moment.Target}: {check.Name} {check.Outcome} {check.Seconds:0.0} s: {check.Detail}")));

    /// <summary>Some table's file in the newest backup, never empty.</summary>
    private static string Table(string root) => Directory.GetFiles(Path.Combine(root, "backup"), "*.lz4", SearchOption.AllDirectories)
        .Where(path => path.Contains("/base/", StringComparison.Ordinal)).OrderByDescending(path => new FileInfo(path).Length).First();

    /// <summary>Complete pieces of log from the backup's first on.</summary>
    private static string Piece(string root, int number)
    {
        var pieces = Directory.GetFiles(Path.Combine(root, "archive"), "00000001*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var first = Path.GetFileName(pieces.First(path => path.EndsWith(".backup", StringComparison.Ordinal)))[..24];
        return pieces.Where(path => path.EndsWith(".lz4", StringComparison.Ordinal) && string.CompareOrdinal(Path.GetFileName(path), first) >= 0)
            .ElementAt(number);
    }

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(path, bytes);
    }

    private static void Cut(string root, string name)
    {
        foreach (var path in Directory.GetFiles(root, name + "*", SearchOption.AllDirectories))
        {
            using var file = File.OpenWrite(path);
            file.SetLength(file.Length / 2);
        }
    }

    private static BackupSpec Declared(string root, string key) => new()
    {
        Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty.Add("disk", new RepositorySpec
        {
            Name = "disk",
            Site = "here",
            Place = new RepositoryPlace.Folder(Directory.CreateDirectory(Path.Combine(root, "backup")).FullName),
            Key = new Secret(key),
        }),
        RestoreTest = new RestoreTestSpec
        {
            Directory = Path.Combine(root, "scratch"),
            Assertions = [new RestoreAssertion("rows", "SELECT count(*) >= 2000 FROM told", "postgres")],
        },
    };

    private static string Left(string scratch, string name, string owner)
    {
        var folder = Directory.CreateDirectory(Path.Combine(scratch, "restore-" + name)).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "data", "base"));
        File.WriteAllText(Path.Combine(folder, "holdfast-test-restore"), owner + "\n");
        return folder;
    }

    private sealed class Heard(string phrase, Action then) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value)
        {
            if (value.Phase.Contains(phrase, StringComparison.Ordinal))
            {
                then();
            }
        }
    }

    private sealed class Unheard : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) { }
    }
}
