using System.Text.Json;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>Test restores by agents, and what is told of an archive that does not work; by the program, with real servers.</summary>
[Trait("Speed", "Slow")]
public sealed class RestoreTestTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static GroupOptions Declared(string directory, params string[] more) => new()
    {
        Members = 2,
        Unprotected = "allow",
        Store =
        [
            "backup:",
            "  repositories:",
            $"    disk: {{ site: home, directory: \"{directory}\" }}",
            "  archive-timeout: 5m",
            "  test-restore:",
            "    directory: FOLDER/scratch",
            .. more.Select(line => "    " + line),
        ],
    };

    [Fact]
    public async Task A_standby_tries_the_backups_and_everybody_is_told_and_so_they_are_of_an_archive_that_does_not_work()
    {
        AllTests.Only();
        await using var group = await PrepareAsync(
            Declared("FOLDER/backup", "assertions: { some: { sql: \"SELECT count(*) = 1000 FROM told\" } }"));
        var primary = await group.PrimaryAsync();
        var standby = group.Others(primary).Single();
        await primary.AskAsync<string>("CREATE TABLE told AS SELECT n FROM generate_series(1, 1000) n; SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());

        var made = await group.RunAsync("test-restore");
        made.ExitCode.ShouldBe(0, made.Output + group.Logs());
        made.Output.ShouldContain($"tried at {standby.Name}: all checks passed");
        made.Output.ShouldContain("assertion some");
        made.Output.ShouldContain($"tables are equal to those of {standby.Name}");
        Directory.EnumerateFileSystemEntries(Path.Combine(group.Folder, "scratch")).ShouldBeEmpty();
        var scan = await group.RunAsync("backups", "--verify");
        scan.ExitCode.ShouldBe(0, scan.Output + group.Logs());
        scan.Output.ShouldContain("pieces of log in");
        scan.Output.ShouldContain($"UTC at {standby.Name}: all checks passed");
        foreach (var host in group.Hosts)
        {
            await Eventually.TrueAsync(
                async () => (await host.GetAsync("/metrics"))!.Contains("holdfast_test_restore_ok{", StringComparison.Ordinal), Soon,
                () => $"{host.Name} does not tell of it");
        }

        (await group.RunAsync("status", "--check")).ExitCode.ShouldBe(0, group.Logs());

        // The repository is away for a while.
        var place = Path.Combine(group.Folder, "backup");
        Directory.Move(place, place + ".away");
        await BackupGroup.SaysAsync(group, "is not there: create or mount it", Soon);
        await WriteAsync(primary);
        await BackupGroup.SaysAsync(group, "archiving has failed for", Soon);
        var check = await group.RunAsync("status", "--check");
        check.ExitCode.ShouldNotBe(0, check.Output);
        check.Output.ShouldContain("1 pieces of log wait");
        Directory.Move(place + ".away", place);
        await DrainedAsync(group, primary);
    }

    [Fact]
    public async Task One_is_made_when_it_is_due_and_what_a_killed_agent_left_is_removed_by_the_next()
    {
        AllTests.Only(); // A schedule goes by minutes, and so does this.
        await using var group = await PrepareAsync(Declared(
            "FOLDER/backup", "schedule: \"* * * * *\"", "assertions: { slow: { sql: \"SELECT pg_sleep(20) IS NOT NULL\" } }"));
        var primary = await group.PrimaryAsync();
        var standby = group.Others(primary).Single();
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await standby.LogsAsync("test restore begins: one was due at", TimeSpan.FromMinutes(3));
        var scratch = Path.Combine(group.Folder, "scratch");
        var foreign = Directory.CreateDirectory(Path.Combine(scratch, "restore-mine")).FullName;
        await Eventually.TrueAsync(() => Task.FromResult(HostProcesses.Named(scratch, "postgres").Any()), Soon, () => group.Logs());

        await standby.KillAgentAsync();
        standby.StartAgent();

        await Eventually.TrueAsync(
            () => Task.FromResult(!HostProcesses.Named(scratch, "postgres").Any() && Directory.GetDirectories(scratch).SequenceEqual([foreign])),
            Soon, () => $"left: {string.Join(", ", Directory.GetFileSystemEntries(scratch))}\n{group.Logs()}");
        await group.HealthyAsync();
        await standby.LogsAsync("test restore: all checks passed", TimeSpan.FromMinutes(4));
        Directory.Exists(foreign).ShouldBeTrue();
        (await group.RunAsync("backups")).Output.ShouldContain("all checks passed");
    }

    [Fact]
    public async Task A_full_repository_is_told_does_not_stop_the_primary_and_is_filled_up_when_there_is_room()
    {
        AllTests.Only();
        await using var small = new BadDays.SmallDisk("HOLDFAST_TEST_SMALLFS");
        var place = Directory.CreateDirectory(Path.Combine(small.Member, "backup")).FullName;
        await using var group = await PrepareAsync(Declared(place));
        var primary = await group.PrimaryAsync();
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());

        await small.FillAsync();
        await BackupGroup.SaysAsync(group, "is full", Soon);
        for (var round = 0; round < 3; round++)
        {
            await primary.AskAsync<string>(
                "SELECT pg_logical_emit_message(true, 'fill', string_agg(md5(random()::text), ''))::text FROM generate_series(1, 200000)");
            await WriteAsync(primary);
        }

        await BackupGroup.SaysAsync(group, "archiving has failed for", Soon);
        var refused = await group.RunAsync("backup", "--type", "full");
        (refused.ExitCode, refused.Output.Contains("is full", StringComparison.Ordinal)).ShouldBe((1, true), refused.Output);

        // What is said helps: kept is what is declared now, though no backup can be taken.
        var labels = (await BackupGroup.LabelsAsync(group)).ToList();
        labels.Count.ShouldBe(2, group.Logs());
        var text = await File.ReadAllTextAsync(group.SystemFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            group.SystemFile, text.Replace($"\"{place}\" }}", $"\"{place}\", keep-full: 1 }}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        foreach (var host in group.Hosts)
        {
            await host.StopAgentAsync();
            host.StartAgent();
        }

        await Eventually.TrueAsync(
            () => BackupGroup.Kept(place).SequenceEqual(labels[1..]), Soon, () => $"nothing is let go of:\n{group.Logs()}");

        small.Clear();
        await DrainedAsync(group, primary);
        (await group.RunAsync("backup")).ExitCode.ShouldBe(0, group.Logs());
        BackupGroup.Kept(place).ShouldBe(await BackupGroup.LabelsAsync(group), ignoreOrder: true);
        (await group.RunAsync("backups", "--verify")).ExitCode.ShouldBe(0, group.Logs());
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_replaced_and_a_failed_assertion_is_an_alarm()
    {
        AllTests.Only();
        await using var group = await PrepareAsync(
            Declared("FOLDER/backup", "schedule: \"0 0 * * 0\"", "alarm-after: 720h", "assertions: { some: { sql: \"SELECT count(*) = 1 FROM told\" } }"));
        var primary = await group.PrimaryAsync();
        await primary.AskAsync<string>("CREATE TABLE told AS SELECT n FROM generate_series(1, 1000) n; SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await group.PutKeyAsync("test-restore/last", "{\"last\": 3");

        var made = await group.RunAsync("test-restore", "--json");

        made.ExitCode.ShouldBe(1, made.Output);
        using var json = JsonDocument.Parse(made.Output);
        json.RootElement.GetProperty("moments")[0].GetProperty("checks").EnumerateArray().Single(
            check => check.GetProperty("name").GetString() == "assertion some").GetProperty("detail").GetString().ShouldBe("it brought False, not true");
        await BackupGroup.SaysAsync(group, "assertion some failed, restored to latest", Soon);
        (await group.RunAsync("status", "--check")).ExitCode.ShouldNotBe(0);
        (await group.RunAsync("status")).Output.ShouldNotContain("cannot be read");
    }

    private static async Task<Group> PrepareAsync(GroupOptions options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        var group = await Group.PrepareAsync(options);
        try
        {
            Directory.CreateDirectory(Path.Combine(group.Folder, "backup"));
            group.StartAgents();
            await group.HealthyAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a piece of log, in which there is something: an empty one is not ended.</summary>
    private static async Task WriteAsync(MemberHost primary)
    {
        await primary.AskAsync<string>("SELECT pg_logical_emit_message(true, 'more', '')::text");
        await primary.AskAsync<string>("SELECT pg_switch_wal()::text");
    }

    /// <summary>Everything that waited is archived, and nothing is said to be wrong any more.</summary>
    private static async Task DrainedAsync(Group group, MemberHost primary)
    {
        var said = "";
        await Eventually.TrueAsync(
            async () =>
            {
                // After failures the server tries again at once only when there is more to archive.
                await WriteAsync(primary);
                var check = await group.RunAsync("status", "--check");
                said = check.Output;
                return check.ExitCode == 0 && (await primary.GetAsync("/metrics"))!.Split('\n')
                    .Any(line => line.StartsWith("holdfast_archive_failing{", StringComparison.Ordinal) && line.EndsWith(" 0", StringComparison.Ordinal));
            },
            Soon, () => $"the archive does not recover:\n{said}\n{group.Logs()}");
    }

    /// <summary>Without the breaks of lines that the width asks for.</summary>
}
