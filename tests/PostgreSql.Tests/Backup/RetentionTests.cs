using System.Diagnostics;
using System.Text;
using Holdfast.Core.Backup;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>What becomes of the backups that are there, when others are taken or not.</summary>
[Trait("Speed", "Slow")]
public sealed class RetentionTests
{
    [Fact]
    public async Task A_damaged_backup_takes_no_good_ones_place_and_is_not_restored_from_before_one()
    {
        await using var group = await OneRepository.StartedAsync(keepFull: 1);
        var a = group["a"];
        await group.ExecuteAsync("a", "CREATE TABLE told AS SELECT n, repeat('x', 500) AS word FROM generate_series(1, 2000) n; CHECKPOINT");
        var good = await a.TakeAsync(group);
        var file = (await group.AskAsync("a", "SELECT pg_relation_filepath('told')"))!;
        await a.StopAsync(StopMode.Fast, group.Token);
        await using (var stream = File.OpenWrite(Path.Combine(group.Spec("a").Data, file)))
        {
            stream.Position = 20480;
            stream.Write(Encoding.ASCII.GetBytes("spoilt"));
        }

        await a.StartAsync(new StartSpec(Core.Failover.MemberRole.Primary, SyncRule.None, true), group.Token);
        a.AllowArchiving(1);

        var bad = await a.TakeAsync(group);

        var seen = await a.ReadRepositoryAsync(group.Token);
        seen.Backups.Select(backup => (backup.Label, backup.IsDamaged)).ShouldBe([(good, false), (bad, true)]);
        // What builds on it has what it has, and is told so, too.
        var built = await a.TakeAsync(group, BackupType.Incremental);
        (await a.ReadRepositoryAsync(group.Token)).Backups.Single(backup => backup.Label == built).IsDamaged.ShouldBeTrue();
        (await a.PlanAsync(new RestoreTarget.Latest().From(), epoch: 2, above: 1, group.Token)).Aim.Backup.ShouldBe(good);

        await group.ExecuteAsync("a", "DROP TABLE told; CHECKPOINT");
        var mended = await a.TakeAsync(group);
        (await a.LabelsAsync(group)).ShouldBe([mended]);
    }

    [Fact]
    public async Task What_is_declared_to_keep_less_is_let_go_of_at_once_and_what_was_given_up_is_forgotten_once_a_backup_begins_after_it()
    {
        await using var group = await OneRepository.StartedAsync(keepFull: 3);
        var a = group["a"];
        var layout = new Layout(group.Spec("a"));
        var labels = new List<string> { await a.TakeAsync(group), await a.TakeAsync(group) };
        var piece = await OneRepository.SwitchAsync(group, "a");
        // What a host that stood still has written into the place of its backup, when another had removed it already.
        var written = Directory.CreateDirectory(Path.Combine(OneRepository.Place(group), "backup", "orders.here", "20200101-000000F")).FullName;
        File.WriteAllText(Path.Combine(written, "left"), "");
        await a.LetGoAsync(group.Token);
        (await a.LabelsAsync(group)).ShouldBe(labels);
        Directory.Exists(written).ShouldBeFalse();
        File.WriteAllText(layout.ArchiveGap, piece + "\n");
        await using (var less = OneRepository.Redeclared(group, "a", _ => OneRepository.In(group.Root, keepFull: 1)))
        {
            await less.LetGoAsync(group.Token);
        }

        (await a.LabelsAsync(group)).ShouldBe(labels[1..]);
        // No backup begins after that piece yet.
        (await group.Eventually(a, view => view.Archive is { GivenUp: not null })).Archive!.GivenUp.ShouldBe(piece);
        await a.TakeAsync(group, BackupType.Incremental);
        await group.Eventually(a, view => view.Archive is { GivenUp: null });
    }

    [Fact]
    public async Task A_backup_that_another_began_is_not_built_on_though_one_that_failed_early_came_between()
    {
        await using var group = await OneRepository.StartedAsync();
        var a = group["a"];
        var layout = new Layout(group.Spec("a"));
        // As another member has begun it. (It notes what it has done only from the first GiB on, if nothing is said.)
        using (var other = Process.Start(
            "/usr/bin/pgbackrest",
            [$"--config={layout.BackupConfiguration}", "--stanza=orders.here", "--log-level-console=off", "--manifest-save-threshold=1", "--type=full", "backup"]))
        {
            while (Notes(group).Length == 0)
            {
                other.HasExited.ShouldBeFalse();
                await Task.Delay(1, group.Token);
            }

            other.Kill(entireProcessTree: true);
            await other.WaitForExitAsync(group.Token);
        }

        var begun = Kept(group).ShouldHaveSingleItem();
        File.WriteAllText(layout.BackupBegun, "00000000\n");
        var index = OneRepository.Stored(group, "archive.info");
        index.ToList().ForEach(path => File.Move(path, path + ".away"));
        await Should.ThrowAsync<EngineException>(() => a.TakeAsync(group));
        index.ToList().ForEach(path => File.Move(path + ".away", path));
        Kept(group).ShouldBe([begun], "it failed before it came to remove it");

        var taken = await a.TakeAsync(group);

        taken.ShouldNotBe(begun);
        Kept(group).ShouldBe([taken]);
        File.ReadAllText(layout.BackupBegun).ShouldBe("00000001\n");
    }

    [Theory]
    [InlineData("00000001000000020000003F", 1U, 0x23FUL)]
    [InlineData("0000000A0000000000000001", 10U, 1UL)]
    [InlineData("0000000A.history", null, null)]
    [InlineData("0000000A00000000000000xy", null, null)]
    public void Names_of_pieces_are_read(string name, uint? timeline, ulong? number) =>
        LogNames.Parse(name, 16UL << 20).ShouldBe(timeline is null ? null : (timeline.Value, number!.Value));

    /// <summary>What pgBackRest has noted of unfinished backups.</summary>
    private static string[] Notes(TestGroup group) => OneRepository.Stored(group, "backup.manifest.copy");

    private static IEnumerable<string> Kept(TestGroup group) =>
        Directory.EnumerateDirectories(Path.Combine(OneRepository.Place(group), "backup", "orders.here"), "2*F*").Select(folder => Path.GetFileName(folder)!);
}
