using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>A backup of one store becomes another store of the same file.</summary>
[Trait("Speed", "Slow")]
public sealed class NewStoreTests
{
    private const string All = "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM told";

    private static readonly string[] Lines =
        ["backup: { repositories: { own: { site: home, directory: \"FOLDER/own\", key: \"file:FOLDER/backup-key\" } } }"];

    [Fact]
    public async Task A_store_is_born_from_the_backup_of_another_which_is_not_touched()
    {
        await using var group = await BackupGroup.StartAsync();
        var primary = await group.PrimaryAsync();
        await primary.AskAsync<string>("CREATE TABLE told (id int); SELECT ''");
        (await group.RunAsync("backup", "--type", "full")).ExitCode.ShouldBe(0, group.Logs());
        await primary.AskAsync<int>("INSERT INTO told VALUES (1) RETURNING id");
        await primary.AskAsync<string>("SELECT pg_create_restore_point('here')::text");
        await primary.AskAsync<int>("INSERT INTO told VALUES (2) RETURNING id");
        await BackupGroup.ArchivedAsync(group, primary);
        var before = await group.HealthyAsync();
        Directory.CreateDirectory(Path.Combine(group.Folder, "own"));
        var hosts = group.AddStore("rehearsal", Lines, "r1", "r2");
        var (first, second) = (hosts[0], hosts[1]);
        await using var _ = first;
        await using var __ = second;
        var kept = Stored(group);

        // Who asks for the wrong thing changes nothing.
        foreach (var (wrong, message) in new (string[], string)[]
        {
            (["--as", "nobody", "--store", "orders"], "the file has no store 'nobody'"), (["--as", "rehearsal"], "name by --member the one"),
            (["--as", "orders", "--store", "orders"], "is the store that is restored"), (["--in-place", "--member", "r1"], "--member goes with --as"),
        })
        {
            var refused = await group.RunAsync(["restore", "--to-name", "here", .. wrong]);
            refused.Output.ShouldContain(message);
            refused.ExitCode.ShouldBe(2, refused.Output);
        }

        // A moment that is not reached leaves nothing.
        var vain = await group.RunAsync("restore", "--as", "rehearsal", "--member", "r1", "--to-name", "no-such-point");
        (vain.ExitCode, vain.Output.Contains("does not lead up to", StringComparison.Ordinal)).ShouldBe((1, true), vain.Output);
        Directory.EnumerateFileSystemEntries(first.Folder).ShouldBeEmpty();

        var done = await group.RunAsync("restore", "--as", "rehearsal", "--member", "r1", "--to-name", "here");

        done.ExitCode.ShouldBe(0, done.Output);
        Directory.EnumerateFiles(first.Own, "pgbackrest-source.conf").ShouldBeEmpty();
        var again = await group.RunAsync("restore", "--as", "rehearsal", "--member", "r1", "--latest");
        (again.ExitCode, again.Output.Contains("is there already and not empty", StringComparison.Ordinal)).ShouldBe((1, true), again.Output);

        first.StartAgent();
        await first.LogsAsync("R0.adopt", BackupGroup.Soon);
        await ServesAsync(first, first.Name);
        (await first.AskAsync<string>(All)).ShouldBe("1");
        second.StartAgent();
        await ServesAsync(second, first.Name);
        await Eventually.TrueAsync(
            async () => await second.AskAsync<string>(All) == "1", BackupGroup.Soon, () => $"r2 does not follow:\n{second.Log()}");

        // It goes on by itself: its own repository, its own history, and no way back into the old one.
        var own = await group.RunAsync("backup", "--store", "rehearsal", "--type", "full");
        own.ExitCode.ShouldBe(0, own.Output + first.Log());
        await first.AskAsync<int>("INSERT INTO told VALUES (7) RETURNING id");
        (await first.AskAsync<int>("SELECT timeline_id FROM pg_control_checkpoint()")).ShouldBeGreaterThan(1);
        (await group.RunAsync("status", "--store", "rehearsal")).Output.ShouldContain("epoch 1");
        var born = await group.RunAsync("restore", "--as", "rehearsal", "--member", "r2", "--latest", "--store", "orders");
        (born.ExitCode, born.Output.Contains("runs: rehearsal has been born", StringComparison.Ordinal)).ShouldBe((1, true), born.Output);
        await first.StopAgentAsync();
        await second.StopAgentAsync();
        born = await group.RunAsync("restore", "--as", "rehearsal", "--member", "r2", "--latest", "--store", "orders");
        (born.ExitCode, born.Output.Contains("coordination has its record", StringComparison.Ordinal)).ShouldBe((1, true), born.Output);

        // Nobody has touched the old one.
        Stored(group).ShouldBe(kept);
        var after = await group.HealthyAsync();
        (after.Epoch, after.Primary).ShouldBe((before.Epoch, before.Primary));
        (await primary.AskAsync<string>(All)).ShouldBe("1,2");
    }

    /// <summary>What the old store's repository holds; nothing else is written there meanwhile.</summary>
    private static string[] Stored(Group group) =>
        [.. Directory.EnumerateFiles(BackupGroup.Repository(group), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static Task ServesAsync(MemberHost host, string primary) => Eventually.TrueAsync(
        async () => await host.StatusAsync() is { } status && status.Primary == primary && status.Of(host.Name).Healthy, BackupGroup.Soon,
        () => $"{host.Name} is not well:\n{host.Log()}");
}
