using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;
using Holdfast.Harness.Sites;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Hosts;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Faults;

/// <summary>Makes faults, and puts them right.</summary>
internal sealed class Injector(LabCluster cluster, Health health, SiteMoves moves)
{
    private const long SlowHostBytes = 100_000;
    private const long SlowLinkBytes = 200_000;
    private const double Loss = 0.25;
    private readonly CoordinationFaults _coordination = new(cluster, health);
    private readonly ConcurrentQueue<Killed> _killed = new();
    private MemberHost? _lastPrimary;

    /// <summary>Servers whose main process was killed while the rest of the host went on.</summary>
    public IEnumerable<Killed> Killed => _killed;

    public async Task<Injected> InjectAsync(Fault fault, CancellationToken stop)
    {
        switch (fault.Kind)
        {
            case FaultKind.EtcdCrash:
            case FaultKind.EtcdLeaderCrash:
            case FaultKind.EtcdMajorityLoss:
                return await _coordination.InjectAsync(fault);
            case FaultKind.Switchover:
            case FaultKind.SiteSwitchover:
            case FaultKind.SiteFailback:
            case FaultKind.SiteLoss:
                return await moves.DoAsync(fault, stop);
            case FaultKind.LinkCut:
            case FaultKind.LinkCutOneWay:
            case FaultKind.SiteCut:
            case FaultKind.SlowLink:
            case FaultKind.LossyLink:
                return await OnLinkAsync(fault);
            case FaultKind.HostCut:
            case FaultKind.HostMute:
            case FaultKind.HostDeaf:
            case FaultKind.PairCut:
            case FaultKind.PairCutOneWay:
            case FaultKind.SlowHost:
            case FaultKind.LossyHost:
                return await OnNetworkAsync(fault, await TargetAsync(fault.Target));
            default:
                return await OnHostAsync(fault, await TargetAsync(fault.Target));
        }
    }

    /// <summary>Everything runs and everything is whole, whatever was left.</summary>
    public async Task HealAllAsync()
    {
        foreach (var host in cluster.Hosts)
        {
            host.Thaw();
            host.Disk?.Empty();
            await (host.IsUp ? Task.Run(host.StartMissing) : host.BootAsync());
        }

        await cluster.Net.HealAllAsync();
    }

    private async Task<Injected> OnHostAsync(Fault fault, LabHost host)
    {
        var member = host.Member!;
        if (!host.IsUp)
        {
            return Injected.Nothing($"the host of {member.Name} is down");
        }

        switch (fault.Kind)
        {
            case FaultKind.ProcessCrash:
                if (member.Postmaster is not { } server)
                {
                    return Injected.Nothing($"{member.Name} has no server");
                }

                _killed.Enqueue(new Killed(member.Name, Stopwatch.GetTimestamp()));
                Posix.Send(server, Signal.Kill);
                return Injected.Done(member.Name);
            case FaultKind.AgentCrash:
                host.AgentMayBeDown = true;
                await member.KillAgentAsync();
                return Injected.Of(member.Name, () => Restart(host));
            case FaultKind.AgentRestart:
                host.AgentMayBeDown = true;
                await member.StopAgentAsync();
                return Injected.Of(member.Name, () => Restart(host));
            case FaultKind.HostCrash:
                await host.CrashAsync();
                return new Injected(member.Name, () => host.IsUp ? Task.CompletedTask : host.BootAsync());
            case FaultKind.HostFreeze:
                await host.FreezeAsync();
                return Injected.Of(member.Name, host.Thaw);
            case FaultKind.ServerFreeze:
                await HostProcesses.SignalAsync(member.Data, Signal.Stop);
                return Injected.Of(member.Name, () => HostProcesses.Thaw(member.Data));
            case FaultKind.AgentFreeze:
                await member.Agent.FreezeAsync();
                return Injected.Of(member.Name, member.Agent.Thaw);
            case FaultKind.FullDisk:
                if (host.Disk is not { } disk)
                {
                    return Injected.Nothing("no file system can be mounted here");
                }

                disk.Fill();
                return Injected.Of(member.Name, disk.Empty);
            default:
                throw new InvalidOperationException($"{fault.Kind} is not a fault of a host");
        }
    }

    private async Task<Injected> OnNetworkAsync(Fault fault, LabHost host)
    {
        var (net, name, who) = (cluster.Net, host.Name, host.Member!.Name);
        switch (fault.Kind)
        {
            case FaultKind.HostCut:
            case FaultKind.HostMute:
            case FaultKind.HostDeaf:
                if (!host.IsUp)
                {
                    return Injected.Nothing($"the host of {who} is down");
                }

                await net.CutHostAsync(name, fault.Kind switch { FaultKind.HostMute => HostCut.Out, FaultKind.HostDeaf => HostCut.In, _ => HostCut.Both });
                return new Injected(who, () => host.IsUp ? net.HealHostAsync(name) : Task.CompletedTask);
            case FaultKind.PairCut:
            case FaultKind.PairCutOneWay:
                // Where the dice named the primary twice, its neighbour in the list stands for the other.
                var other = cluster.Member(fault.Other) is { } named && named != host.Member
                    ? named
                    : cluster.Members[(cluster.Members.IndexOf(host.Member) + 1) % cluster.Members.Length];
                var peer = cluster.HostOf(other).Name;
                var cuts = fault.Kind == FaultKind.PairCut ? PairCut.Both(name, peer) : [new PairCut(name, peer)];
                await net.CutPairsAsync(cuts);
                return new Injected($"{who}{(fault.Kind == FaultKind.PairCut ? "/" : ">")}{other.Name}", () => net.HealPairsAsync(cuts));
            case FaultKind.SlowHost:
                await net.BoundHostAsync(name, SlowHostBytes);
                return new Injected(who, () => net.ImproveHostAsync(name));
            default:
                await net.LoseOfHostAsync(name, Loss);
                return new Injected(who, () => net.LoseOfHostAsync(name, 0));
        }
    }

    private async Task<Injected> OnLinkAsync(Fault fault)
    {
        if (await health.ActiveSiteAsync() is not { } active)
        {
            return Injected.Nothing("no agent says which site is active");
        }

        var (net, here) = (cluster.Net, cluster.Topology.Sites[active]);
        var there = cluster.Topology.Sites[cluster.Topology.OtherSite(active)];
        var link = Cut.Both(here, there);
        switch (fault.Kind)
        {
            case FaultKind.LinkCut:
            case FaultKind.LinkCutOneWay:
            case FaultKind.SiteCut:
                Cut[] cuts = fault.Kind switch
                {
                    FaultKind.SiteCut => [.. net.LinksOf(here)],
                    FaultKind.LinkCutOneWay => [fault.Target == Fault.Outwards ? new Cut(here, there) : new Cut(there, here)],
                    _ => [.. link],
                };
                await net.CutAsync(cuts);
                return new Injected(string.Join(' ', cuts), () => net.HealAsync(cuts));
            case FaultKind.SlowLink:
                await Task.WhenAll(net.BoundAsync(here, there, SlowLinkBytes), net.BoundAsync(there, here, SlowLinkBytes));
                return new Injected($"{here}/{there}", () => Task.WhenAll(net.ImproveAsync(here, there), net.ImproveAsync(there, here)));
            default:
                await Task.WhenAll(link.Select(one => net.LoseOfLinkAsync(one, Loss)));
                return new Injected($"{here}/{there}", () => Task.WhenAll(link.Select(one => net.LoseOfLinkAsync(one, 0))));
        }
    }

    /// <summary>The host of a member, or of whoever has a role now; while nobody has it, of whoever had it last.</summary>
    private async Task<LabHost> TargetAsync(string target)
    {
        _lastPrimary = await health.PrimaryAsync() ?? _lastPrimary ?? cluster.Members[0];
        var member = target switch
        {
            Fault.Primary => _lastPrimary,
            Fault.Leader => await health.LeaderAsync() ?? cluster.Members[^1],
            _ => cluster.Member(target),
        };
        return cluster.HostOf(member);
    }

    private static void Restart(LabHost host)
    {
        if (host.IsUp)
        {
            host.StartMissing();
        }
    }
}
