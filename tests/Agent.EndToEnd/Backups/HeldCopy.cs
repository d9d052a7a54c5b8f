using System.Collections.Immutable;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>The copying of a backup that stands still midway, as over a storage that hangs, until it is let go.</summary>
internal sealed class HeldCopy
{
    /// <summary>Of their command lines.</summary>
    private static readonly string[] Words = ["=detail backup --type=", "backup:local", "=detail restore ", "restore:local"];
    private readonly ImmutableArray<int> _copiers;

    private HeldCopy(ImmutableArray<int> copiers) => _copiers = copiers;

    /// <summary>Of the backup that a host of this group takes, once something has been copied.</summary>
    /// <param name="host">Null: any.</param>
    public static Task<HeldCopy> OfBackupAsync(Group group, MemberHost? host = null)
    {
        var place = Path.Combine(BackupGroup.Repository(group), "backup");
        var before = Files(place, "*.lz4");
        return CatchAsync(group, host?.Folder ?? group.Folder, "backup:local", () => Files(place, "*.lz4").Except(before).Count());
    }

    /// <summary>Processes of pgBackRest that take a backup or restore one, helpers included.</summary>
    public static ImmutableArray<int> AtWork(string folder) =>
        [.. Words.SelectMany(words => HostProcesses.Named(folder, words)).Distinct()];

    public void LetGo()
    {
        foreach (var pid in _copiers)
        {
            Posix.Send(pid, Signal.Continue);
        }
    }

    private static async Task<HeldCopy> CatchAsync(Group group, string folder, string copier, Func<int> copied)
    {
        const int Some = 3;
        ImmutableArray<int> caught = [];
        await Eventually.TrueAsync(
            () => copied() >= Some && !(caught = HostProcesses.Named(folder, copier)).IsEmpty, BackupGroup.Soon,
            () => $"no {copier} is seen that has copied something, which is {copied()} files now:\n{group.Logs()}");
        foreach (var pid in caught)
        {
            Posix.Send(pid, Signal.Stop);
        }

        return new HeldCopy(caught);
    }

    private static ImmutableArray<(string Path, DateTime Written)> Files(string folder, string pattern)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFiles(pattern, SearchOption.AllDirectories).Select(file => (file.FullName, file.LastWriteTimeUtc))];
        }
        catch (IOException)
        {
            return []; // Not there yet, or something in it has gone again.
        }
    }
}
