using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Networks;

/// <summary>This program as another process, which makes a net with a server in it and then waits to be killed.</summary>
internal static class HeldNet
{
    public const string Verb = "--hold-a-net";

    /// <summary>Prints the ids of its namespaces and of the server, one a line, then "ready".</summary>
    public static async Task<int> RunAsync()
    {
        await using var net = await Net.CreateAsync(NetPlan.Of(("fra", ["fra-1"]), ("ber", ["ber-1"])));
        var command = net.Host("fra-1").Enter(["sleep", "600"]);
        await using var server = ChildProcess.Start(command[0], command.Skip(1), "/dev/null");
        await Eventually.TrueAsync(
            () => Namespace.OfProcess(server.Id) == net.Host("fra-1").Namespace.Id, TimeSpan.FromSeconds(10),
            () => "the server did not get into its host");
        var namespaces = net.Hosts.Select(host => host.Namespace).Append(net.Router("fra")).Append(net.Router("ber"));
        foreach (var line in namespaces.Select(one => one.Id).Append($"{server.Id}").Append("ready"))
        {
            await Console.Out.WriteLineAsync(line);
        }

        await Console.In.ReadLineAsync();
        return 0;
    }
}
