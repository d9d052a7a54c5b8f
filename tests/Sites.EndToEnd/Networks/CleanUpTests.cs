using System.Diagnostics;
using System.Globalization;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Networks;

/// <summary>Nothing is left, however a test ends.</summary>
public sealed class CleanUpTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [SiteFact]
    public async Task A_disposed_net_leaves_no_device_and_no_address()
    {
        var before = await SeenAsync();

        await using (var net = await Net.CreateAsync(NetPlan.Of(("fra", ["fra-1"]), ("ber", ["ber-1"]))))
        {
            (await SeenAsync()).ShouldNotBe(before);
        }

        (await SeenAsync()).ShouldBe(before);
    }

    [SiteFact]
    public async Task A_killed_test_program_leaves_no_namespace_and_no_process()
    {
        var start = new ProcessStartInfo(OwnNetwork.Anew[0], [.. OwnNetwork.Anew.Skip(1), .. OwnNetwork.Self([HeldNet.Verb])])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var program = Process.Start(start)!;
        var lines = new List<string>();
        while (await program.StandardOutput.ReadLineAsync().WaitAsync(Limit) is { } line && line != "ready")
        {
            lines.Add(line);
        }

        var namespaces = lines[..^1];
        var server = int.Parse(lines[^1], CultureInfo.InvariantCulture);
        namespaces.Count.ShouldBe(4);
        Inhabitants(namespaces).ShouldContain(server);

        program.Kill(); // SIGKILL, to it alone

        await program.WaitForExitAsync().WaitAsync(Limit);
        await Eventually.TrueAsync(
            () => Posix.State(server) is null or 'Z' && !Inhabitants(namespaces).Any(), Limit,
            () => $"left: {string.Join(", ", Inhabitants(namespaces))}");
    }

    /// <summary>Processes in these namespaces. One without any, and that nobody holds open, is gone.</summary>
    private static IEnumerable<int> Inhabitants(IReadOnlyList<string> namespaces) => Directory.EnumerateDirectories("/proc")
        .Select(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0 && Namespace.OfProcess(pid) is { } inside && namespaces.Contains(inside));

    private static async Task<string> SeenAsync() =>
        await Namespace.RunHereAsync(["ip", "-brief", "address"]) + await Namespace.RunHereAsync(["ip", "route"]);
}
