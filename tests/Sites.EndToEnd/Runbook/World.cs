using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>Two sites and a witness, with one store, that fixtures bring into the situations of the runbook one after the other.</summary>
internal sealed class World : IAsyncDisposable
{
    /// <summary>For whatever Holdfast does by itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder;
    private readonly BlockShell _shell;

    private World(SiteCluster cluster, TemporaryFolder folder)
    {
        (Cluster, _folder) = (cluster, folder);
        _shell = new BlockShell(cluster,
        [
            ("/etc/holdfast/holdfast.yaml", cluster.SystemFile), ("/etc/holdfast", Directory.CreateDirectory(folder.File("etc")).FullName),
            ("/srv/", Directory.CreateDirectory(folder.File("srv")).FullName + "/"),
            ("/var/tmp/", Directory.CreateDirectory(folder.File("t")).FullName + "/"), ("'2026-11-22 14:31:59Z'", $"\"$(cat {MomentFile})\""),
        ]);
    }

    public SiteCluster Cluster { get; }
    public SiteStore Store => Cluster.Stores[0];

    /// <summary>Holds the moment that the page gives as an example.</summary>
    public string MomentFile => _folder.File("moment");

    /// <summary>While this file is there, the hook before a move fails with its text.</summary>
    public string HookFault => _folder.File("hook-fault");

    private bool HasTwoSites => Store.Options.DeclaredSite is null;

    public MemberHost Member(string name) => Store.Member(name);

    public static async Task<World> StartAsync(Stage stage)
    {
        var folder = new TemporaryFolder("rw");
        try
        {
            var options = stage switch
            {
                Stage.Backups => BackupFixtures.TwoSites(folder),
                Stage.OneSite => BackupFixtures.OneSite(folder),
                _ => new SiteClusterOptions { Stores = [Moving(folder, stage == Stage.Continue ? "continue" : "fence")] },
            };
            return new World(await SiteCluster.StartAsync(options), folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>A store whose link is watched, and whose moves have hooks.</summary>
    private static SiteStoreOptions Moving(TemporaryFolder folder, string isolation)
    {
        var hook = Hook(folder);
        return new SiteStoreOptions
        {
            Isolation = isolation,
            Further =
            [
                $"archive: \"{Directory.CreateDirectory(folder.File("archive")).FullName}\"",
                "hooks:",
                $"  before-move: {{ run: [\"{hook}\", \"off\"], time-limit: 10s }}",
                $"  after-move: {{ run: [\"{hook}\", \"on\"], time-limit: 10s }}",
            ],
            SiteLink = ImmutableDictionary<string, string>.Empty.Add("queue-bound", "64MB"),
            FurtherPostgreSql = ["slot-bound: 64MiB"],
            Parameters = ImmutableDictionary<string, string>.Empty.Add("wal_keep_size", "0"),
        };
    }

    /// <summary>What the page calls <paramref name="place"/>, here.</summary>
    public string Here(string place) => _shell.Here(place);

    public RunbookBlock Here(RunbookBlock block) => block with { Expected = [.. block.Expected.Select(_shell.Here)] };

    public Task<CommandOutcome> TypeAsync(RunbookBlock block) => _shell.RunAsync(block);

    /// <summary>As on a good day: everything up and whole, nothing paused, <c>fra</c> active with <c>orders-fra-1</c> as its primary.</summary>
    public async Task CalmAsync()
    {
        File.Delete(HookFault);
        await Cluster.Net.HealAllAsync();
        foreach (var host in Cluster.Hosts)
        {
            host.Thaw();
            await host.BootMissingAsync();
        }

        foreach (var site in HasTwoSites ? Cluster.Options.Sites : [])
        {
            await Eventually.TrueAsync(
                async () => (await DoAsync("resume", "--site", site, "--yes")).ExitCode == 0, Patience,
                () => Cluster.Fail($"{site} cannot be resumed"));
        }

        await WholeAsync();
        if (HasTwoSites && (await SitesAsync()).Active != "fra")
        {
            await ExpectAsync("switchover", "--site", "fra", "--yes");
            await WholeAsync();
        }

        if (await Store.FindPrimaryAsync() != Member("orders-fra-1"))
        {
            await ExpectAsync("switchover", "--to", "orders-fra-1", "--yes");
            await WholeAsync();
        }
    }

    /// <summary>Every member does its part, and the active site may be lost.</summary>
    public async Task WholeAsync()
    {
        await Cluster.HealthyAsync(Store);
        if (!HasTwoSites)
        {
            return;
        }

        await UntilAsync(sites => sites is { Safe: true, Link: "streaming", MoveRuns: false }, "the site can be lost again");
        await Eventually.TrueAsync(
            async () => await Store.FindPrimaryAsync() is { } primary && await primary.AskAsync<bool>(
                $"select exists (select from pg_replication_slots where slot_type = 'logical' and database = '{RowTable.Name}')"),
            Patience, () => Cluster.Fail("the log is not kept decodable, so what is lost could not be listed"));
    }

    /// <summary>A heartbeat of the present primary, which may be new, has come to the other site.</summary>
    public async Task HeartbeatArrivesAsync()
    {
        var primary = await Store.FindPrimaryAsync() ?? throw new InvalidOperationException(Cluster.Fail("there is no primary"));
        var epoch = (await primary.StatusAsync())!.Epoch;
        await Eventually.TrueAsync(
            async () => await Member("orders-ber-1").AskAsync<bool>($"select exists (select from holdfast.heartbeat where epoch = {epoch})"),
            Patience, () => Cluster.Fail($"no heartbeat of epoch {epoch} comes to ber"));
    }

    /// <summary>Waits until some agent, the active primary's first, says so of the sites.</summary>
    public async Task UntilAsync(Func<SeenSites, bool> wanted, string what, string? askedAt = null)
    {
        SeenSites? seen = null;
        await Eventually.TrueAsync(
            async () => wanted(seen = await SitesAsync(askedAt)), Patience, () => Cluster.Fail($"it does not come that {what}: {seen}"));
    }

    /// <summary>Inserts rows and returns when they have been acknowledged.</summary>
    public async Task WriteAsync(int rows, string filler = "'x'")
    {
        var primary = await Store.FindPrimaryAsync() ?? throw new InvalidOperationException(Cluster.Fail("there is no primary"));
        await primary.AskInAsync<long>(
            RowTable.Name,
            $"""
            with new as (
                insert into writes (id, filler)
                select (select coalesce(max(id), 0) from writes) + n, {filler} from generate_series(1, {rows}) n returning id)
            select count(*) from new
            """);
    }

    /// <summary>Writes a row a second for so long.</summary>
    public async Task WriteForAsync(TimeSpan span)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < span;)
        {
            await WriteAsync(1);
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }
    }

    /// <summary>The freshest word about the sites: of the newest site epoch, and of that the active primary's.</summary>
    public async Task<SeenSites> SitesAsync(string? askedAt = null)
    {
        var words = await Task.WhenAll(Store.Members.Where(member => askedAt is null || Store.SiteOf(member) == askedAt)
            .Select(async member => SeenSites.Read(await member.GetAsync("/v1/status"))));
        return words.OfType<SeenSites>().OrderByDescending(word => word.Epoch).ThenByDescending(word => word.Leads).FirstOrDefault()
            ?? new SeenSites();
    }

    public async ValueTask DisposeAsync()
    {
        _shell.Dispose();
        await Cluster.DisposeAsync();
        // Copies that a block has started.
        await HostProcesses.SignalAsync(_folder.Path, Signal.Kill);
        _folder.Dispose();
    }

    /// <summary>A program that says what it is told, and fails while <see cref="HookFault"/> is there.</summary>
    private static string Hook(TemporaryFolder folder)
    {
        var path = folder.File("orders-traffic");
        File.WriteAllText(
            path, $$"""
            #!/bin/sh
            echo "traffic of $HOLDFAST_STORE $1 at $HOLDFAST_FROM_SITE"
            [ ! -e {{folder.File("hook-fault")}} ] || { cat {{folder.File("hook-fault")}}; exit 1; }

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private Task<CommandOutcome> DoAsync(params string[] arguments) => Cluster.RunAsync(arguments);

    private async Task ExpectAsync(params string[] arguments)
    {
        var outcome = await DoAsync(arguments);
        if (outcome.ExitCode != 0)
        {
            throw new InvalidOperationException(
                Cluster.Fail($"holdfast {string.Join(' ', arguments)} ended with {outcome.ExitCode}: {outcome.Output}"));
        }
    }
}
