using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>A group with a real, encrypted repository in its folder.</summary>
internal static class OneRepository
{
    public static BackupSpec In(string root, int keepFull = 2) => new()
    {
        Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty.Add("disk", new RepositorySpec
        {
            Name = "disk",
            Site = "here",
            Place = new RepositoryPlace.Folder(Directory.CreateDirectory(Path.Combine(root, "backup")).FullName),
            Key = new Secret("open sesame"),
            KeepFull = keepFull,
        }),
    };

    /// <summary>Primary a, which archives.</summary>
    public static async Task<TestGroup> StartedAsync(int members = 1, int keepFull = 2, Func<StoreSpec, StoreSpec>? shape = null)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        var group = new TestGroup(members, shape: (store, root) =>
        {
            var declared = store with { Backup = In(root, keepFull) };
            return shape is null ? declared : shape(declared);
        });
        try
        {
            var a = await group.StartPrimaryAsync("a");
            await a.CreateRepositoryAsync(group.Token);
            a.AllowArchiving(1);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public static string Place(TestGroup group) => group.Store.Backup!.At("here")!.Place.ToString()!;

    public static Task<string> TakeAsync(this PostgreSqlEngine engine, TestGroup group, BackupType type = BackupType.Full) =>
        engine.TakeBackupAsync(type, new Unheard(), group.Token);

    /// <summary>Another engine for the member, as an agent has it whose file declares something else.</summary>
    public static PostgreSqlEngine Redeclared(TestGroup group, string member, Func<BackupSpec, BackupSpec> change) =>
        new(group.Store with { Backup = change(group.Store.Backup!) }, group.Spec(member), TimeProvider.System);

    public static async Task<List<string>> LabelsAsync(this PostgreSqlEngine engine, TestGroup group) =>
        [.. (await engine.ReadRepositoryAsync(group.Token)).Backups.Select(backup => backup.Label)];

    /// <summary>Ends the piece of log that is being written, and waits until all are in the archive.</summary>
    public static async Task<string> SwitchAsync(TestGroup group, string member)
    {
        var piece = (await group.AskAsync(member, "SELECT pg_walfile_name(pg_switch_wal())"))!;
        await group.Eventually(group[member], view => view.Archive is { Waiting: 0 } && Stored(group, piece).Length == 1, seconds: 60);
        return piece;
    }

    /// <summary>Files whose names begin so, but for one that is being written.</summary>
    public static string[] Stored(TestGroup group, string name) =>
    [
        .. Directory.GetFiles(Place(group), name + "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".tmp", StringComparison.Ordinal)),
    ];
}

internal sealed class Unheard : IProgress<BackupProgress>
{
    public void Report(BackupProgress value) { }
}
