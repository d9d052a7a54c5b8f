using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>
/// The check of the sample's keys before a move, where each site has a store of keys of its own: without the active key at the other site everybody would
/// be logged out there.
/// </summary>
public sealed class KeyCheckTests(MovingCluster moving) : IClassFixture<MovingCluster>
{
    private const int FirstPort = 7379;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Sessions = Path.Combine(AppContext.BaseDirectory, "sessions.dll");

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_move_is_refused_while_the_other_site_lacks_the_active_key_and_made_when_it_has_it()
    {
        await moving.ReadyAsync();
        using var folder = new TemporaryFolder("keys");
        var (active, passive) = await moving.SitesAsync();
        var primary = await moving.LeaderAsync(active);
        var ours = moving.Cluster.Net.OurAddress;
        await using var here = Serve(folder, ours, FirstPort);
        await using var there = Serve(folder, ours, FirstPort + 1);
        await MakeKeysAsync(folder, $"{ours}:{FirstPort}");
        File.WriteAllText(moving.Note("sessions"), $"#!/bin/sh\nexec '{Environment.ProcessPath}' '{Sessions}' \"$@\"\n");
        File.SetUnixFileMode(moving.Note("sessions"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        moving.Hook("before-hook", $"export SESSIONS={moving.Note("sessions")}\nexec /bin/sh " +
            $"'{Path.Combine(Repository.Root, "samples", "sessions", "keys-before-move")}' {active}={ours}:{FirstPort} {passive}={ours}:{FirstPort + 1}");

        var refused = await moving.SwitchoverAsync(passive);
        refused.ExitCode.ShouldBe(1, refused.Output);
        var words = string.Join(' ', refused.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words.ShouldContain($"{ours}:{FirstPort + 1} lacks the active key");
        (await moving.MoveAsync())!.State.ShouldBe("failed");
        (await moving.Store.FindPrimaryAsync()).ShouldBe(primary, "nobody has stopped for it");

        using (var client = Connect(ours, FirstPort + 1))
        {
            client.Call("REPLICAOF", ours, $"{FirstPort}");
            await Eventually.TrueAsync(() => client.Call("EXISTS", "sessions:keys") == "1", Limit, () => "the keys do not arrive");
        }

        var moved = await moving.SwitchoverAsync(passive);
        moved.ExitCode.ShouldBe(0, moved.Output);
        moving.Hook("before-hook", "exit 0");
        await moving.Cluster.HealthyAsync(moving.Store);
    }

    /// <summary>A server that the hosts of both sites reach.</summary>
    private static ChildProcess Serve(TemporaryFolder folder, string address, int port) => ChildProcess.Start(
        "redis-server", ["--bind", address, "--port", $"{port}", "--save", "", "--protected-mode", "no", "--dir", folder.Path], folder.File($"store-{port}.log"));

    private static RedisClient Connect(string address, int port) => new(port, "default", "none", address);

    /// <summary>Starts the application once: it makes its first key.</summary>
    private static async Task MakeKeysAsync(TemporaryFolder folder, string store)
    {
        var log = folder.File("application.log");
        await using var application = ChildProcess.Start(
            Environment.ProcessPath!, [Sessions, "serve", "--store", store, "--listen", "127.0.0.1:5080"], log, folder.Path);
        await Eventually.TrueAsync(
            () => File.Exists(log) && File.ReadAllText(log).Contains("listens on", StringComparison.Ordinal), Limit,
            () => $"the application does not start: {File.ReadAllText(log)}");
    }
}
