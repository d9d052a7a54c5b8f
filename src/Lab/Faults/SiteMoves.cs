using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Hosts;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Faults;

/// <summary>What an operator does with the program: hands over, moves a site, gives a lost site up.</summary>
internal sealed class SiteMoves(LabCluster cluster, Health health)
{
    private static readonly TimeSpan GivenUpWithin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Sites that were given up.</summary>
    public List<Disaster> Disasters { get; } = [];

    public async Task<Injected> DoAsync(Fault fault, CancellationToken stop)
    {
        if (fault.Kind == FaultKind.Switchover)
        {
            return await AskAsync("switchover", "--yes");
        }

        if (await health.ActiveSiteAsync() is not { } active)
        {
            return Injected.Nothing("no agent says which site is active");
        }

        var other = cluster.Topology.OtherSite(active);
        return fault.Kind switch
        {
            FaultKind.SiteFailback when other == cluster.Topology.Store.FirstSite => await AskAsync("failback", "--yes"),
            FaultKind.SiteSwitchover or FaultKind.SiteFailback => await AskAsync("switchover", "--site", other, "--yes"),
            _ => await LoseAsync(active, other, fault.Hold, stop),
        };
    }

    /// <summary>A site was given up without our doing.</summary>
    public void NoteTakeover(string lost) => Disasters.Add(new Disaster(lost, MembersOf(lost), Stopwatch.GetTimestamp()));

    private async Task<Injected> LoseAsync(string active, string other, TimeSpan hold, CancellationToken stop)
    {
        var net = cluster.Net;
        var links = net.LinksOf(cluster.Topology.Sites[active]).ToList();
        await net.CutAsync(links);
        await Task.WhenAll(cluster.HostsAt(active).Select(host => host.CrashAsync()));
        await Task.Delay(hold, stop);

        string[] command = cluster.Topology.Store.Isolation == Core.Topology.IsolationPolicy.Continue
            ? ["failover", "--site", other, "--accept-data-loss", "--yes", "--fenced", "its power is off, and stays off until it is told to come back passive"]
            : ["failover", "--site", other, "--accept-data-loss", "--yes"];
        var start = Stopwatch.GetTimestamp();
        var said = "";
        while (await health.ActiveSiteAsync() != other)
        {
            var outcome = await cluster.RunAsync(command);
            said = Shortened(outcome.Output);
            if (outcome.ExitCode != 0 && Stopwatch.GetElapsedTime(start) > GivenUpWithin)
            {
                break;
            }

            await Task.Delay(Pause, stop);
        }

        Disasters.Add(new Disaster(active, MembersOf(active), Stopwatch.GetTimestamp()));
        return new Injected(
            await health.ActiveSiteAsync() == other ? $"{active}, given up for {other}" : $"{active}, but {other} does not take over: {said}",
            async () =>
            {
                await net.HealAsync(links);
                await Task.WhenAll(cluster.HostsAt(active).Where(host => !host.IsUp).Select(host => host.BootAsync()));
            });
    }

    private async Task<Injected> AskAsync(params string[] command)
    {
        var outcome = await cluster.RunAsync(command);
        return Injected.Done(outcome.ExitCode == 0 ? "done" : $"refused: {Shortened(outcome.Output)}");
    }

    private ImmutableArray<string> MembersOf(string site) =>
        [.. cluster.Topology.Members.Where(member => member.Site == site).Select(member => member.Name)];

    private static string Shortened(string output)
    {
        var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
        return line.Length > 160 ? line[..160] : line;
    }
}
