using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>Archiving, backups and restores of a real group, by the program.</summary>
[Trait("Speed", "Slow")]
public sealed class BackupTests
{
    private static readonly TimeSpan Soon = BackupGroup.Soon;

    [Fact]
    public async Task Where_a_schedule_is_declared_the_first_backup_is_taken_at_once_and_the_next_when_it_is_due()
    {
        AllTests.Only(); // A schedule goes by minutes, and so does this.
        await using var group = await BackupGroup.StartAsync(BackupGroup.Options with
        {
            Store = BackupGroup.Options.Store.Add("  schedule: { full: \"0 0 1 1 *\", incremental: \"* * * * *\" }"),
        });

        var primary = await group.PrimaryAsync();
        await primary.LogsAsync("backup begins, full: there is no backup yet", Soon);
        await primary.LogsAsync("backup begins, incremental: one was due at", TimeSpan.FromMinutes(3));
        await primary.LogsAsync("I is taken", Soon);
        (await group.RunAsync("backups", "--json")).Output.ShouldContain("ncremental");
    }

    [Fact]
    public async Task A_moment_after_a_failover_is_restored_with_all_that_was_committed_before_and_nothing_after()
    {
        await using var group = await BackupGroup.StartAsync();
        var old = await group.PrimaryAsync();
        await old.AskAsync<string>("CREATE TABLE told (id int); SELECT ''");
        var full = await group.RunAsync("backup", "--type", "full");
        full.ExitCode.ShouldBe(0, full.Output + group.Logs());
        full.Output.ShouldContain("is taken: full");

        // These pieces of log are with the standby when the primary is lost, but not in the archive.
        Posix.Send(HostProcesses.Named(old.Folder, "archiver").ShouldHaveSingleItem(), Signal.Stop);
        await old.AskAsync<int>("INSERT INTO told VALUES (1) RETURNING id");
        await old.AskAsync<string>("SELECT pg_switch_wal()::text");
        await old.AskAsync<int>("INSERT INTO told VALUES (2) RETURNING id");
        await old.AskAsync<string>("SELECT pg_switch_wal()::text");
        await old.AskAsync<int>("INSERT INTO told VALUES (3) RETURNING id");
        await old.CrashAsync();
        var now = await group.TakenOverAsync(old, Soon);
        await now.AskAsync<int>("INSERT INTO told VALUES (4) RETURNING id");
        var place = await now.AskAsync<string>("SELECT pg_current_wal_lsn()::text");
        var moment = await now.AskAsync<string>("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || 'Z'");
        await now.AskAsync<int>("INSERT INTO told VALUES (5) RETURNING id");
        await now.AskAsync<int>("WITH gone AS (DELETE FROM told RETURNING id) SELECT count(*)::int FROM gone");
        await BackupGroup.ArchivedAsync(group, now);

        var seen = await group.RunAsync("backups");
        seen.ExitCode.ShouldBe(0, seen.Output);
        seen.Output.ShouldContain("timeline 2", customMessage: seen.Output + group.Logs());
        seen.Output.ShouldNotContain("Gap");
        await using (var copy = await RestoredCopy.MakeAsync(group, "by-time", "--to-time", moment))
        {
            (await copy.AskAsync("SELECT string_agg(id::text, ',' ORDER BY id) FROM told")).ShouldBe("1,2,3,4");
            (await copy.AskAsync("SELECT current_setting('listen_addresses') || current_setting('archive_mode')")).ShouldBe("off");
            (await copy.AskAsync("SELECT current_setting('synchronous_standby_names') || current_setting('primary_conninfo')")).ShouldBe("");
            await copy.AskAsync("DROP TABLE told");
        }

        await using (var copy = await RestoredCopy.MakeAsync(group, "by-lsn", "--to-lsn", place))
        {
            (await copy.AskAsync("SELECT string_agg(id::text, ',' ORDER BY id) FROM told")).ShouldBe("1,2,3,4");
        }

        await using (var copy = await RestoredCopy.MakeAsync(group, "all", "--latest"))
        {
            (await copy.AskAsync("SELECT count(*) FROM told")).ShouldBe("0");
        }

        // What cannot be done leaves nothing behind, and what is there is not touched.
        var early = await group.RunAsync("restore", "--into", Path.Combine(group.Folder, "early"), "--to-time", "2020-01-01T00:00:00Z");
        (early.ExitCode, early.Output.Contains("unable to find backup set", StringComparison.Ordinal)).ShouldBe((1, true), early.Output);
        Directory.EnumerateDirectories(group.Folder, "early*").ShouldBeEmpty();
        foreach (var (into, message) in new[] { (old.Data, $"is where {old.Name} has its data"), (Path.Combine(group.Folder, "all"), "is there already") })
        {
            var refused = await group.RunAsync("restore", "--into", into, "--latest");
            (refused.ExitCode, refused.Output.Contains(message, StringComparison.Ordinal)).ShouldBe((1, true), refused.Output);
        }

        // The store is as it was, and goes on being backed up by whoever is its primary.
        (await now.AskAsync<long>("SELECT count(*) FROM told")).ShouldBe(0);
        var more = await group.RunAsync("backup");
        more.ExitCode.ShouldBe(0, more.Output + group.Logs());
        more.Output.ShouldContain("is taken: incremental");
        foreach (var file in Directory.EnumerateFiles(now.Own, "pgbackrest.conf"))
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task A_primary_that_finds_another_directory_than_the_one_in_use_begins_none_of_its_own()
    {
        AllTests.Only();
        await using var group = await BackupGroup.StartAsync();
        var primary = await group.PrimaryAsync();
        (await group.RunAsync("backup")).ExitCode.ShouldBe(0, group.Logs());
        // As if the next primary's host had a directory of its own there.
        Directory.Move(Path.Combine(group.Folder, "backup"), Path.Combine(group.Folder, "backup.elsewhere"));
        Directory.CreateDirectory(Path.Combine(group.Folder, "backup"));

        var moved = await group.RunAsync("switchover", "--to", group.Others(primary).Single().Name, "--yes");

        moved.ExitCode.ShouldBe(0, moved.Output + group.Logs());
        await group.Others(primary).Single().LogsAsync("is not the one that", Soon);
        Directory.EnumerateFileSystemEntries(Path.Combine(group.Folder, "backup")).ShouldBeEmpty();
        var seen = await group.RunAsync("backups");
        (seen.ExitCode, seen.Output.Contains("mount the same storage", StringComparison.Ordinal)).ShouldBe((1, true), seen.Output);
        Directory.Delete(Path.Combine(group.Folder, "backup"));
        Directory.Move(Path.Combine(group.Folder, "backup.elsewhere"), Path.Combine(group.Folder, "backup"));
        await Eventually.TrueAsync(
            async () => (await group.RunAsync("backup")).ExitCode == 0, Soon, () => $"no backup once the directory is back:\n{group.Logs()}");
    }
}
