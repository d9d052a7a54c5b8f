using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>A storage that neither answers nor refuses, as a network file system whose server is gone: whoever reads in it waits.</summary>
[Trait("Speed", "Slow")]
public sealed class HangingRepositoryTests
{
    /// <summary>A copy of log is given up after a minute, and is tried again after another.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_repository_that_hangs_is_told_of_and_keeps_nobody_from_writing_or_from_taking_over()
    {
        AllTests.Only();
        await using var group = await BackupGroup.StartAsync();
        var primary = await group.PrimaryAsync();
        var other = group.Others(primary).Single();
        await group.Rows.CreateAsync(primary);
        await using var writer = await RowWriter.StartAsync(group.Rows);
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        // Whoever opens one of these waits for somebody to write into it.
        var files = Directory.GetFiles(Path.Combine(BackupGroup.Repository(group), "archive", "orders.home"), "archive.info*");
        files.Length.ShouldBe(2);
        foreach (var file in files)
        {
            File.Move(file, file + ".away");
            using var made = Process.Start("mkfifo", [file]);
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await writer.GoesOnAsync(BackupGroup.Soon);
        await primary.AskAsync<string>("SELECT pg_switch_wal()::text");

        await BackupGroup.SaysAsync(group, "the storage hangs", Soon);
        await writer.GoesOnAsync(BackupGroup.Soon);
        var moved = await group.RunAsync("switchover", "--to", other.Name, "--yes");
        moved.ExitCode.ShouldBe(0, moved.Output + group.Logs());
        await writer.GoesOnAsync(BackupGroup.Soon);
        await BackupGroup.SaysAsync(group, "does not answer within 30 s", Soon);

        foreach (var file in files)
        {
            File.Delete(file);
            File.Move(file + ".away", file);
        }

        await writer.StopAsync();
        var now = await group.PrimaryAsync();
        now.ShouldBe(other);
        var piece = await now.AskAsync<string>("SELECT pg_walfile_name(pg_switch_wal())");
        await Eventually.TrueAsync(
            async () => await now.AskAsync<bool>($"SELECT coalesce(last_archived_wal, '') COLLATE \"C\" >= '{piece}' FROM pg_stat_archiver"), Soon,
            () => $"{piece} is not archived:\n{group.Logs()}");
        await Eventually.TrueAsync(
            async () => (await group.RunAsync("status", "--check")).ExitCode == 0, Soon, () => $"it is not well again:\n{group.Logs()}");
        var seen = await group.RunAsync("backups");
        (seen.ExitCode, seen.Output.Contains("Gap", StringComparison.Ordinal)).ShouldBe((0, false), seen.Output);
    }
}
