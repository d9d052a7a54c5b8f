using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>Restores that stand still midway, because one of the backup's files does not come: a pipe that nobody writes to is in its place.</summary>
internal sealed class HeldRestore : IDisposable
{
    private readonly string _file;
    private readonly string _aside;

    private HeldRestore(string file, string aside)
    {
        _file = file;
        _aside = aside;
    }

    /// <summary>Holds all restores of the newest backup until disposed.</summary>
    public static async Task<HeldRestore> BeginAsync(Group group)
    {
        // The largest are copied first.
        var files = new DirectoryInfo(Path.Combine(BackupGroup.Repository(group), "backup"))
            .EnumerateFiles("*.lz4", SearchOption.AllDirectories).Where(file => file.FullName.Contains("/pg_data/base/", StringComparison.Ordinal))
            .OrderByDescending(file => file.Length).ToList();
        var file = files[files.Count / 2].FullName;
        var aside = Path.Combine(group.Folder, "held");
        File.Move(file, aside);
        using var maker = Process.Start("mkfifo", ["-m", "600", file]);
        await maker.WaitForExitAsync(TestContext.Current.CancellationToken);
        maker.ExitCode.ShouldBe(0);
        return new HeldRestore(file, aside);
    }

    /// <summary>Waits until a restore into this directory has copied what came before.</summary>
    public static Task MidwayAsync(string into, Func<string> otherwise)
    {
        const int Some = 100;
        return Eventually.TrueAsync(
            () => Directory.Exists(into) && Directory.EnumerateFiles(into, "*", new EnumerationOptions { RecurseSubdirectories = true }).Take(Some).Count() == Some,
            BackupGroup.Soon, otherwise);
    }

    public void Dispose() => File.Move(_aside, _file, overwrite: true);
}
