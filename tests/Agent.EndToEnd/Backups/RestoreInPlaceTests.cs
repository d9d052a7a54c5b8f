using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>The store itself goes back to a moment, and comes back as a history of its own.</summary>
[Trait("Speed", "Slow")]
public sealed class RestoreInPlaceTests
{
    private static readonly TimeSpan Soon = BackupGroup.Soon;
    private const string All = "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM told";

    [Fact]
    public async Task A_store_goes_back_to_before_a_mistake_and_its_standbys_are_cloned_anew()
    {
        await using var group = await BackupGroup.StartAsync();
        var primary = await group.PrimaryAsync();
        var standby = group.Others(primary).Single();
        await primary.AskAsync<string>("CREATE TABLE told (id int); SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await primary.AskAsync<int>("INSERT INTO told VALUES (1) RETURNING id");
        await primary.AskAsync<string>("SELECT pg_create_restore_point('before-migration')::text");
        await primary.AskAsync<int>("INSERT INTO told VALUES (2) RETURNING id");
        await primary.AskAsync<string>("DROP TABLE told; CREATE TABLE wrong (id int); SELECT ''");
        var before = await group.HealthyAsync();

        // Asked without a terminal, and only asked what it would do, nothing is done.
        (await group.RunAsync("restore", "--in-place", "--to-name", "before-migration")).Output.ShouldContain("add --yes");
        var dry = await group.RunAsync("restore", "--in-place", "--to-name", "before-migration", "--dry-run");
        (dry.ExitCode, dry.Output.Contains("Nothing was done.", StringComparison.Ordinal)).ShouldBe((0, true), dry.Output);
        (await group.HealthyAsync()).Epoch.ShouldBe(before.Epoch);

        // A point that nobody made is not found; the store comes back as it was.
        var vain = await group.RunAsync("restore", "--in-place", "--to-name", "no-such-point", "--yes");
        (vain.ExitCode, vain.Output.Contains("was taken back", StringComparison.Ordinal)).ShouldBe((1, true), vain.Output + group.Logs());
        primary = await group.PrimaryAsync();
        standby = group.Others(primary).Single();
        (await primary.AskAsync<long>("SELECT count(*) FROM wrong")).ShouldBe(0);
        SetAside(group).ShouldBeEmpty();

        var done = await group.RunAsync("restore", "--in-place", "--to-name", "before-migration", "--yes");

        done.ExitCode.ShouldBe(0, done.Output + group.Logs());
        (await primary.AskAsync<string>(All)).ShouldBe("1");
        (await primary.AskAsync<bool>("SELECT to_regclass('wrong') IS NULL")).ShouldBeTrue();
        // It counts again only when its standby has been made anew.
        var after = await group.HealthyAsync();
        after.Primary.ShouldBe(primary.Name);
        after.Epoch.ShouldBeGreaterThan(before.Epoch);
        standby.Log().ShouldContain("R8.reclone");
        (await standby.AskAsync<string>(All)).ShouldBe("1");
        var timeline = await primary.AskAsync<int>("SELECT timeline_id FROM pg_control_checkpoint()");
        timeline.ShouldBeGreaterThan(1);

        // What it replaced is there until the printed command is run.
        var remove = done.Output.Split('\n').Single(line => line.StartsWith("  rm -r ", StringComparison.Ordinal)).Trim();
        var aside = remove["rm -r ".Length..];
        File.Exists(Path.Combine(aside, "PG_VERSION")).ShouldBeTrue(aside);
        SetAside(group).ShouldBe([aside]);

        // The new history is archived beside the old one, backed up, and restored from.
        await primary.AskAsync<int>("INSERT INTO told VALUES (3) RETURNING id");
        await BackupGroup.ArchivedAsync(group, primary);
        await using (var copy = await RestoredCopy.MakeAsync(group, "again", "--latest"))
        {
            (await copy.AskAsync("SELECT string_agg(id::text, ',' ORDER BY id) FROM told")).ShouldBe("1,3");
        }

        (await group.RunAsync("backup")).ExitCode.ShouldBe(0, group.Logs());

        // A failover finds nothing of the old history.
        await primary.CrashAsync();
        var now = await group.TakenOverAsync(primary, Soon);
        (await now.AskAsync<string>(All)).ShouldBe("1,3");
    }

    [Fact]
    public async Task A_restore_whose_agent_is_lost_is_taken_back_by_another_and_goes_on_under_the_next_one()
    {
        AllTests.Only();
        await using var group = await BackupGroup.StartAsync(BackupGroup.Options with { Members = 3 });
        var primary = await group.PrimaryAsync();
        await primary.AskAsync<string>("CREATE TABLE told (id int); SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await primary.AskAsync<int>("INSERT INTO told VALUES (1) RETURNING id");
        await primary.AskAsync<string>("SELECT pg_create_restore_point('here')::text");
        await primary.AskAsync<int>("INSERT INTO told VALUES (2) RETURNING id");

        // The agent dies in the middle, and somebody thinks better of it: the store is as it was, wherever it is now.
        (await group.RunAsync("restore", "--in-place", "--to-name", "here", "--yes", "--no-wait")).ExitCode.ShouldBe(0, group.Logs());
        await Eventually.TrueAsync(() => primary.Log().Contains("rule=RESTORE.restore", StringComparison.Ordinal), Soon, group.Logs);
        await primary.KillAgentAsync();
        var back = await group.RunAsync("restore", "--take-back", "--yes");
        back.ExitCode.ShouldBe(0, back.Output + group.Logs());
        primary.StartAgent();
        primary = await group.PrimaryAsync();
        (await primary.AskAsync<string>(All)).ShouldBe("1,2");
        SetAside(group).ShouldBeEmpty();

        // It dies again and again, and each time another begins where it was.
        var away = group.Others(primary).First();
        await away.StopAgentAsync();
        var already = primary.Log().Split("rule=RESTORE.restore").Length - 1;
        (await group.RunAsync("restore", "--in-place", "--to-name", "here", "--yes", "--no-wait")).ExitCode.ShouldBe(0, group.Logs());
        for (var time = 1; time <= 4; time++)
        {
            var begun = already + time;
            await Eventually.TrueAsync(
                () => primary.Log().Split("rule=RESTORE.restore").Length > begun, Soon, () => $"no restore begins:\n{group.Logs()}");
            await primary.KillAgentAsync();
            primary.StartAgent();
        }

        await Eventually.TrueAsync(
            async () => await group.KeyAsync("record") is { } record && record.Contains("\"restoredIn\"", StringComparison.Ordinal)
                && !record.Contains("\"restore\":", StringComparison.Ordinal),
            Soon, () => $"the restore does not come to its end:\n{group.Logs()}");
        away.StartAgent();
        await group.HealthyAsync();
        (await primary.AskAsync<string>(All)).ShouldBe("1");
        (await away.AskAsync<string>(All)).ShouldBe("1");
    }

    private static IEnumerable<string> SetAside(Group group) =>
        group.Hosts.SelectMany(host => Directory.EnumerateDirectories(host.Folder, "*.before-restore-*"));
}
