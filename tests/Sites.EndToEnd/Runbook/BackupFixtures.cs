using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;
using Holdfast.Sites.EndToEnd.Backups;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>Stores with backup repositories, and the situations of the runbook in which these are needed.</summary>
internal static class BackupFixtures
{
    private const string KeyFile = "/etc/holdfast/backup-key";
    private const string Repository = "/srv/holdfast/backup";

    public static readonly ImmutableDictionary<string, Fixture> All = new Dictionary<string, Fixture>
    {
        ["table-dropped"] = new(Stage.Backups, DropTableAsync),
        ["page-damaged"] = new(Stage.Backups, DamagePageAsync),
        ["copy-due"] = new(Stage.Backups, BackUpAsync),
        ["repository-encrypted"] = new(Stage.Backups, EncryptRepositoryAsync),
        ["key-file-gone"] = new(Stage.Backups, LoseKeyFileAsync),
        ["key-lost"] = new(Stage.Backups, LoseKeyAsync),
        ["repository-begun"] = new(Stage.Backups, world => world.WholeAsync()),
        ["before-migration"] = new(Stage.OneSite, BackUpAsync),
        ["rows-wrong"] = new(Stage.OneSite, world => ChangeAsync(world, "update writes set filler = null where id % 2 = 0")),
        ["all-wrong"] = new(Stage.OneSite, world => ChangeAsync(world, "alter table writes drop column filler")),
        ["restored-in-place"] = new(Stage.OneSite, world => world.WholeAsync()),
    }.ToImmutableDictionary(StringComparer.Ordinal);

    public static SiteClusterOptions TwoSites(TemporaryFolder folder) => new()
    {
        Stores =
        [
            new SiteStoreOptions { Further = [.. Declared(folder), Line(folder, "ber", "ber-backup")] },
        ],
    };

    public static SiteClusterOptions OneSite(TemporaryFolder folder) => new()
    {
        HostsPerSite = 1,
        Stores = [new SiteStoreOptions { DeclaredSite = "fra", Further = [.. Declared(folder)] }],
    };

    private static IEnumerable<string> Declared(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File("etc"));
        Group.WritePrivate(folder.File("etc", "backup-key"), "correct horse battery staple\n");
        return ["backup:", "  archive-timeout: 5m", "  repositories:", Line(folder, "fra", "backup")];
    }

    private static string Line(TemporaryFolder folder, string site, string name) =>
        $"    {site}-backup: {{ site: {site}, directory: \"{Directory.CreateDirectory(folder.File("srv", "holdfast", name)).FullName}\", " +
        $"key: \"file:{folder.File("etc", "backup-key")}\" }}";

    private static async Task BackUpAsync(World world)
    {
        await world.WriteAsync(100);
        await SiteBackups.TakeAsync(world.Cluster);
    }

    private static async Task DropTableAsync(World world)
    {
        await BackUpAsync(world);
        await world.WriteAsync(10);
        var primary = (await world.Store.FindPrimaryAsync())!;
        await SiteBackups.ArchivedAsync(world.Cluster, primary);
        await File.WriteAllTextAsync(world.MomentFile, await primary.AskAsync<string>(SiteBackups.Clock));
        await ChangeAsync(world, "drop table writes");
    }

    private static async Task ChangeAsync(World world, string sql) =>
        await (await world.Store.FindPrimaryAsync())!.AskInAsync<string>(RowTable.Name, $"{sql}; select ''");

    /// <summary>On the standby that leads next.</summary>
    private static async Task DamagePageAsync(World world)
    {
        await Fixtures.DamagePageAsync(world, world.Member("orders-fra-2"));
        (await world.Cluster.RunAsync("switchover", "--to", "orders-fra-2", "--yes")).ExitCode.ShouldBe(0);
        await world.WholeAsync();
    }

    /// <summary>Halfway through: what backups are made of is spoiled, what tells of them is not yet.</summary>
    private static async Task EncryptRepositoryAsync(World world)
    {
        foreach (var file in Directory.EnumerateFiles(world.Here(Repository), "*", SearchOption.AllDirectories)
            .Where(file => file.Contains("/pg_data/", StringComparison.Ordinal)))
        {
            await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes((int)Math.Max(16, new FileInfo(file).Length)));
        }
    }

    private static Task LoseKeyFileAsync(World world)
    {
        File.Delete(world.Here(KeyFile));
        return Task.CompletedTask;
    }

    /// <summary>Somebody has made a new key in its place, and every agent has been started with it.</summary>
    private static async Task LoseKeyAsync(World world)
    {
        await File.WriteAllTextAsync(world.Here(KeyFile), "another one\n");
        foreach (var member in world.Store.Members)
        {
            await member.StopAgentAsync();
            member.StartAgent();
        }

        await world.WholeAsync();
    }
}
