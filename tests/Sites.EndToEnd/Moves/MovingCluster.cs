using System.Collections.Immutable;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>One cluster for the tests of a class, made by the first of them, whose store has programs of ours around each move.</summary>
public sealed class MovingCluster : IAsyncDisposable
{
    public static readonly TimeSpan HookLimit = TimeSpan.FromSeconds(8);
    private readonly TemporaryFolder _hooks = new("hooks");
    private SiteCluster? _cluster;

    public SiteCluster Cluster => _cluster ?? throw new InvalidOperationException("not started yet");
    public SiteStore Store => Cluster.Stores[0];

    /// <summary>Starts it, or waits until it is whole again after the test before.</summary>
    public async Task ReadyAsync()
    {
        Hook("before-hook", "exit 0");
        Hook("after-hook", "exit 0");
        if (_cluster is not null)
        {
            await _cluster.HealthyAsync(Store);
            return;
        }

        string Hooks(string when) => $"{when}: {{ run: [\"/bin/sh\", \"{_hooks.File("run")}\"], time-limit: {HookLimit.TotalSeconds:0}s }}";
        File.WriteAllText(_hooks.File("run"), $"exec /bin/sh \"{_hooks.Path}/$HOLDFAST_STEP\"\n");
        _cluster = await SiteCluster.StartAsync(new SiteClusterOptions
        {
            Stores =
            [
                new SiteStoreOptions
                {
                    SiteFailover = "automatic",
                    SiteRpo = "10s",
                    Further = ["hooks:", $"  {Hooks("before-move")}", $"  {Hooks("after-move")}"],
                },
            ],
        });
    }

    /// <summary>What the store's program does at a step from now on, in words of the shell.</summary>
    public void Hook(string step, string script) => File.WriteAllText(_hooks.File(step), script + "\n");

    /// <summary>A file that programs can write, by name.</summary>
    public string Note(string name) => _hooks.File(name);

    /// <summary>Active and passive site, by the primary's word.</summary>
    public async Task<(string Active, string Passive)> SitesAsync()
    {
        var primary = await Store.FindPrimaryAsync() ?? throw new InvalidOperationException(Cluster.Fail("there is no primary"));
        var active = Store.SiteOf(primary);
        return (active, Cluster.Options.Sites.Single(site => site != active));
    }

    /// <summary>The member that leads a site's group, by its own word.</summary>
    public async Task<MemberHost> LeaderAsync(string site) =>
        Store.Members.Zip(await Store.StatusAsync()).Where(pair => Store.SiteOf(pair.First) == site && pair.Second?.Primary == pair.First.Name)
            .Select(pair => pair.First).Single();

    /// <summary>Moves the store as an operator does.</summary>
    public Task<CommandOutcome> SwitchoverAsync(string site) => Cluster.RunAsync("switchover", "--site", site, "--yes");

    /// <summary>The move as it stands in coordination, which answers when no agent does.</summary>
    public async Task<StoredMove?> MoveAsync() =>
        await Cluster.Global.Admin.ValueAsync($"/holdfast/test/{Store.Name}/@sites/move") is { } text ? StoredMove.Read(text) : null;

    public async ValueTask DisposeAsync()
    {
        await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
        _hooks.Dispose();
    }
}
