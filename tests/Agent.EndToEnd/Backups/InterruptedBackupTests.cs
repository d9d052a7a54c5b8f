using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>What becomes of a backup or restore that is cut short midway, whoever it is that ends. The copying is held, so that midway is a place.</summary>
[Trait("Speed", "Slow")]
public sealed class InterruptedBackupTests
{
    private const int Interrupted = 130;
    private static readonly TimeSpan Soon = BackupGroup.Soon;

    /// <summary>The first backup is taken as soon as there is a primary, by whoever that is, and no other by itself.</summary>
    private static readonly GroupOptions Scheduled =
        BackupGroup.Options with { Store = BackupGroup.Options.Store.Add("  schedule: { full: \"0 0 1 1 *\" }") };

    [Fact]
    public async Task A_backup_whose_host_is_lost_is_begun_anew_by_the_next_primary_and_leaves_nothing()
    {
        AllTests.Only();
        await using var group = await BackupGroup.BeginAsync(Scheduled);
        await HeldCopy.OfBackupAsync(group);
        var old = await group.PrimaryAsync();
        var said = (await group.RunAsync("backups")).Output;
        said.ShouldContain("Running      full, copying");
        said.ShouldContain("no backup yet");
        var begun = BackupGroup.Kept(BackupGroup.Repository(group)).ShouldHaveSingleItem();

        await old.CrashAsync();

        var now = await group.TakenOverAsync(old, Soon);
        await now.LogsAsync("backup begins, full: there is no backup yet", Soon);
        await now.LogsAsync("F is taken", Soon);
        await OnlyWholeAsync(group, 1);
        // Built on, it would bear the same name.
        (await BackupGroup.LabelsAsync(group)).ShouldNotContain(begun);
        old.StartAgent();
        await group.HealthyAsync();
        var more = await group.RunAsync("backup");
        (more.ExitCode, more.Output.Contains("is taken: incremental", StringComparison.Ordinal)).ShouldBe((0, true), more.Output + group.Logs());
        await OnlyWholeAsync(group, 2);
        (old.Log().Split("backup begins").Length - 1).ShouldBe(1, old.Log());
    }

    [Fact]
    public async Task A_backup_that_stands_still_with_its_host_spoils_none_of_the_next_primary_when_both_go_on()
    {
        AllTests.Only();
        await using var group = await BackupGroup.BeginAsync(Scheduled);
        var held = await HeldCopy.OfBackupAsync(group);
        var old = await group.PrimaryAsync();

        await old.FreezeAsync();
        var now = await group.TakenOverAsync(old, Soon);
        var next = await HeldCopy.OfBackupAsync(group, now);
        old.Thaw();
        held.LetGo();
        await group.HealthyAsync();
        await Eventually.TrueAsync(() => HeldCopy.AtWork(old.Folder).IsEmpty, Soon, () => $"{old.Name} goes on with its backup:\n{group.Logs()}");
        next.LetGo();

        await now.LogsAsync("F is taken", Soon);
        await OnlyWholeAsync(group, 1);
        var scan = await group.RunAsync("backups", "--verify");
        (scan.ExitCode, scan.Output.Contains("nothing is wrong", StringComparison.Ordinal)).ShouldBe((0, true), scan.Output + group.Logs());
        await using var copy = await RestoredCopy.MakeAsync(group, "copy", "--latest");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_agent_that_is_restarted_during_a_backup_takes_another_with_no_program_left_at_work(bool isKilled)
    {
        AllTests.Only();
        await using var group = await BackupGroup.BeginAsync(Scheduled);
        await HeldCopy.OfBackupAsync(group);
        var primary = await group.PrimaryAsync();
        var left = HeldCopy.AtWork(primary.Folder);

        await (isKilled ? primary.KillAgentAsync() : primary.StopAgentAsync());

        // Its end in good order is that of its programs, too. Killed, it could not see to that: the next one has to.
        HeldCopy.AtWork(primary.Folder).IsEmpty.ShouldBe(!isKilled, group.Logs());
        primary.StartAgent();
        if (isKilled)
        {
            await primary.LogsAsync("was still at work, and was ended", Soon);
        }

        await Eventually.TrueAsync(() => !HeldCopy.AtWork(group.Folder).Intersect(left).Any(), Soon, () => $"left at work: {string.Join(", ", left)}");
        await Eventually.TrueAsync(
            () => group.Hosts.Any(host => host.Log().Contains("F is taken", StringComparison.Ordinal)), Soon, () => $"no backup is taken:\n{group.Logs()}");
        await OnlyWholeAsync(group, 1);
        (await group.RunAsync("backup")).ExitCode.ShouldBe(0, group.Logs());
        await OnlyWholeAsync(group, 2);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_following_of_a_backup_and_ends_a_restore_whole()
    {
        await using var group = await BackupGroup.StartAsync();
        var primary = await group.PrimaryAsync();
        await using (var following = Program(group, "follow", "backup", "--type", "full"))
        {
            var held = await HeldCopy.OfBackupAsync(group);
            await SaysAsync(following, "copying");

            (await InterruptAsync(following)).ShouldContain($"interrupted; the backup goes on at {primary.Name}: see 'holdfast backups'");

            held.LetGo();
            await primary.LogsAsync("F is taken", Soon);
            await OnlyWholeAsync(group, 1);
        }

        var into = Path.Combine(group.Folder, "copy");
        foreach (var isThere in (bool[])[false, true])
        {
            if (isThere)
            {
                Directory.CreateDirectory(into);
            }

            using var held = await HeldRestore.BeginAsync(group);
            await using var restoring = Program(group, $"restore-{isThere}", "restore", "--into", into, "--latest");
            await HeldRestore.MidwayAsync(into, () => restoring.LogTail());
            (await InterruptAsync(restoring)).ShouldContain($"interrupted; nothing was restored, and {into} is as it was before");
            await Eventually.TrueAsync(() => HeldCopy.AtWork(group.Folder).IsEmpty, Soon, () => "the restore goes on");
            Directory.EnumerateDirectories(group.Folder, "copy*").ShouldBe(isThere ? [into] : []);
        }

        Directory.EnumerateFileSystemEntries(into).ShouldBeEmpty();
        await using var copy = await RestoredCopy.MakeAsync(group, "copy", "--latest");
    }

    /// <summary>What is told of is all there is, nothing runs, and nothing stands in the way of the next.</summary>
    private static async Task OnlyWholeAsync(Group group, int backups)
    {
        await Eventually.TrueAsync(() => HeldCopy.AtWork(group.Folder).IsEmpty, Soon, () => $"a backup is at work:\n{group.Logs()}");
        var labels = (await BackupGroup.LabelsAsync(group)).ToList();
        labels.Count.ShouldBe(backups, group.Logs());
        BackupGroup.Kept(BackupGroup.Repository(group)).ShouldBe(labels, ignoreOrder: true);
        (await group.RunAsync("backups")).Output.ShouldNotContain("Running");
    }

    /// <summary>The program as a terminal has it: with what it starts it is a group of processes, and Ctrl-C is not ignored.</summary>
    private static ChildProcess Program(Group group, string name, params string[] arguments) => ChildProcess.Start(
        "/usr/bin/env",
        [
            "--default-signal=INT", "setsid", HoldfastProgram.Command.File, HoldfastProgram.Command.Dll, .. arguments, "--file", group.SystemFile,
        ],
        Path.Combine(group.Folder, $"{name}.out"));

    private static Task SaysAsync(ChildProcess program, string text) => Eventually.TrueAsync(
        () => program.LogTail().Contains(text, StringComparison.Ordinal), Soon, () => $"'{text}' is not said, but:\n{program.LogTail()}");

    private static async Task<string> InterruptAsync(ChildProcess program)
    {
        Posix.Send(-program.Id, Signal.Interrupt);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Soon);
        program.ExitCode.ShouldBe(Interrupted, program.LogTail());
        return program.LogTail();
    }
}
