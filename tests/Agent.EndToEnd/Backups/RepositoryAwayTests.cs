using System.Text.Json;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>A repository that takes nothing for a while: nobody is stopped, everybody is told, and in the end nothing is missing in it.</summary>
[Trait("Speed", "Slow")]
public sealed class RepositoryAwayTests
{
    private const int Pieces = 5;
    private static readonly TimeSpan Soon = BackupGroup.Soon;

    /// <summary>The server tries again at once while there is more to archive, else after a minute: that is waited for, too.</summary>
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_repository_that_is_gone_for_minutes_gets_all_that_waited_once_it_is_back()
    {
        AllTests.Only();
        await using var group = await BackupGroup.StartAsync();
        var place = BackupGroup.Repository(group);
        await StrikesAsync(
            group, () => Directory.Move(place, place + ".away"), "is not there: create or mount it", "is not there: create or mount it",
            // It may be where something is to be mounted: what is made there would be hidden below it.
            () => Directory.Exists(place).ShouldBeFalse(), () => Directory.Move(place + ".away", place));
    }

    [Fact]
    public async Task A_repository_that_nobody_may_write_to_for_minutes_gets_all_that_waited_once_they_may()
    {
        AllTests.Only();
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        await using var group = await BackupGroup.StartAsync();
        await StrikesAsync(
            group, () => Allow(group, isAllowed: false), "cannot be written", "cannot be written", () => { }, () => Allow(group, isAllowed: true));
    }

    private static async Task StrikesAsync(Group group, Action strike, string told, string reason, Action look, Action mend)
    {
        var before = await group.HealthyAsync();
        var primary = group.Host(before.Primary!);
        var server = primary.Postmaster;
        await group.Rows.CreateAsync(primary);
        await using var writer = await RowWriter.StartAsync(group.Rows);
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());

        strike();

        for (var piece = 0; piece < Pieces; piece++)
        {
            await writer.GoesOnAsync(Soon);
            await primary.AskAsync<string>("SELECT pg_switch_wal()::text");
        }

        await BackupGroup.SaysAsync(group, told, Soon);
        await BackupGroup.SaysAsync(group, "archiving has failed for", Soon);
        (await group.RunAsync("status", "--check")).ExitCode.ShouldNotBe(0);
        var refused = await group.RunAsync("backup");
        (refused.ExitCode, refused.Output.Contains(reason, StringComparison.Ordinal)).ShouldBe((1, true), refused.Output);
        JsonElement archive = default;
        await Eventually.TrueAsync(
            async () => (archive = (await BackupGroup.ReportAsync(group)).GetProperty("archive")).GetProperty("waiting").GetInt32() >= Pieces
                && archive.GetProperty("failingSeconds") is { ValueKind: JsonValueKind.Number } seconds && seconds.GetDouble() >= Outage.TotalSeconds,
            Outage + Soon, () => $"no backlog is told of, but: {archive}\n{group.Logs()}");
        look();
        await writer.GoesOnAsync(Soon);

        mend();

        await Eventually.TrueAsync(
            async () => (archive = (await BackupGroup.ReportAsync(group)).GetProperty("archive")) is { ValueKind: JsonValueKind.Object }
                && archive.GetProperty("waiting").GetInt32() == 0 && archive.GetProperty("failingSeconds").ValueKind == JsonValueKind.Null,
            Soon * 2, () => $"the backlog does not drain: {archive}\n{group.Logs()}");
        // Else the next thing that fails would be blamed on this.
        File.Exists(Path.Combine(primary.Own, "archive.fault")).ShouldBeFalse();
        CommandOutcome? check = null;
        await Eventually.TrueAsync(
            async () => (check = await group.RunAsync("status", "--check")).ExitCode == 0, Soon, () => $"{check?.Output}\n{group.Logs()}");
        var seen = await group.RunAsync("backups");
        (seen.ExitCode, seen.Output.Contains("Gap", StringComparison.Ordinal)).ShouldBe((0, false), seen.Output);

        // The same primary has written all the time, and what it wrote is there.
        var after = await group.HealthyAsync();
        (after.Epoch, after.Primary, primary.Postmaster).ShouldBe((before.Epoch, before.Primary, server), group.Logs());
        (await group.RunAsync("backup")).ExitCode.ShouldBe(0, group.Logs());
        await writer.StopAsync();
        await BackupGroup.ArchivedAsync(group, primary);
        var full = (await BackupGroup.LabelsAsync(group)).First();
        await using var copy = await RestoredCopy.MakeAsync(group, "copy", "--latest", "--from", full);
        var kept = (await copy.AskAsync("SELECT string_agg(id::text, ',') FROM writes", RowTable.Name)).Split(',').Select(long.Parse).ToHashSet();
        writer.Rows.Select(row => row.Id).Where(id => !kept.Contains(id)).ShouldBeEmpty();
    }

    /// <summary>All directories, for log goes into one that is there already.</summary>
    private static void Allow(Group group, bool isAllowed)
    {
        var root = BackupGroup.Repository(group);
        foreach (var directory in Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories).Append(root))
        {
            var mode = File.GetUnixFileMode(directory);
            File.SetUnixFileMode(directory, isAllowed ? mode | UnixFileMode.UserWrite : mode & ~UnixFileMode.UserWrite);
        }
    }
}
