using Holdfast.Agent;
using Holdfast.Agent.Api;
using Holdfast.Agent.Loop;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Hosts;
using Holdfast.Simulation.Servers;

namespace Holdfast.Simulation.Faults;

/// <summary>Makes things go wrong, and mends in the end what the rules cannot mend.</summary>
internal static class Nemesis
{
    public static void Do(World world, Fault fault)
    {
        var victim = Victim(world, fault.Victim);
        var host = world.Hosts.GetValueOrDefault(victim);
        world.Oath.Fault();
        if (world.IsTraced)
        {
            world.Note(victim.Length == 0 ? "-" : victim, $"FAULT {ScenarioText.Write(fault)}");
        }

        switch (fault.Kind)
        {
            case FaultKind.Cut or FaultKind.Mute or FaultKind.Slow or FaultKind.Lossy or FaultKind.Doubled or FaultKind.StallStream:
                OnLinks(world, fault, victim);
                break;
            case >= FaultKind.LoseSite:
                SiteNemesis.Do(world, fault, victim);
                break;
            case FaultKind.EtcdDown or FaultKind.EtcdLeader or FaultKind.Compact:
                OnCoordination(world, fault, world.Clusters.FirstOrDefault(cluster => cluster.Name == victim) ?? world.Clusters[0]);
                break;
            case FaultKind.Switchover or FaultKind.Failover:
                var site = host?.Site ?? world.Active;
                var target = fault.Victim is "" or Fault.Primary or Fault.Leader ? null : victim;
                var accepts = fault.Kind == FaultKind.Failover && fault.Others.Contains(SiteNemesis.AcceptDataLoss);
                var move = fault.Kind == FaultKind.Switchover ? MoveKind.Switchover : MoveKind.Failover;
                Ask(world, site.Hosts, $"{fault.Kind} to {target ?? "anybody"}{(accepts ? ", accepting data loss" : "")}", (control, stop) =>
                    control.RequestMoveAsync(move, target, accepts, stop));
                break;
            case FaultKind.Pause:
                var paused = world.Sites.FirstOrDefault(site => site.Name == victim) ?? world.Sites[0];
                Ask(world, paused.Hosts, "pause", (control, stop) => control.SetPausedAsync(true, stop));
                world.After(fault.ForMs, null, () => Ask(world, paused.Hosts, "resume", (control, stop) => control.SetPausedAsync(false, stop)));
                break;
            case FaultKind.SlowDisk or FaultKind.FullDisk:
                OnDisk(world, fault, host!);
                break;
            default:
                OnHost(world, fault, host!);
                break;
        }
    }

    private static string Victim(World world, string victim) => victim switch
    {
        Fault.Primary => world.Active.Truth.Record?.Primary ?? world.Hosts.Keys.First(),
        Fault.Leader when SiteNemesis.Passive(world) is { } passive => passive.Truth.Record?.Primary ?? passive.Hosts[0].Name,
        Fault.ActiveSite => world.Active.Name,
        Fault.PassiveSite when SiteNemesis.Passive(world) is { } passive => passive.Name,
        _ => victim,
    };

    /// <summary>Coordination is where its replicas are.</summary>
    private static IEnumerable<string> Addresses(World world, string name) =>
        name == Network.Coordination ? world.Clusters.SelectMany(cluster => cluster.Replicas) : [name];

    /// <summary>Nothing goes wrong from here on.</summary>
    public static void MendAll(World world)
    {
        world.Note("-", "CALM: nothing goes wrong from here on");
        world.Oath.Fault();
        world.Network.Heal();
        world.Assassin.Stop();
        foreach (var cluster in world.Clusters)
        {
            cluster.IsDown = false;
        }

        foreach (var host in world.Hosts.Values)
        {
            host.Disk.IsFull = host.Server.DiskIsFull = false;
            host.Disk.Slowness = TimeSpan.Zero;
        }

        KeepMended(world);
    }

    /// <summary>As a service manager and an operator do: what has ended is started, what was paused is resumed.</summary>
    private static void KeepMended(World world)
    {
        foreach (var site in world.Sites)
        {
            if (site.Truth.Record is { Paused: true } record && (record.PendingFork is null || record.Mode == ProtectionMode.Passive))
            {
                site.Cluster.Write(Transactions.WriteRecord(site.Keys, site.Truth, record with { Paused = false }, []));
                world.Oath.Fault();
            }
        }

        foreach (var host in world.Hosts.Values)
        {
            host.Launch();
        }

        world.After(1_000, null, () => KeepMended(world));
    }

    private static void OnHost(World world, Fault fault, SimHost host)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillServer:
                host.Server.Kill();
                break;
            case FaultKind.KillAgent:
                host.Kill();
                Relaunch(world, host, fault.ForMs);
                break;
            case FaultKind.RestartAgent:
                host.EndInGoodOrder();
                Relaunch(world, host, 1_500 + fault.ForMs);
                break;
            case FaultKind.KillAtStep:
                host.KillAtStep(fault.By);
                break;
            case FaultKind.CrashHost:
                host.LosePower();
                Relaunch(world, host, fault.ForMs);
                break;
            case FaultKind.Freeze:
                world.Schedule.Freeze(host.Name, world.Now + fault.ForMs);
                break;
            case FaultKind.Clock:
                host.WallClockError += TimeSpan.FromMilliseconds(fault.By);
                if (host.Run is { } run)
                {
                    run.WallClockError = host.WallClockError;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "no hand for this fault");
        }
    }

    public static void Relaunch(World world, SimHost host, long afterMs) => world.After(afterMs, null, () =>
    {
        if (!host.AgentLives)
        {
            world.Oath.Fault();
            host.Launch();
        }
    });

    private static void OnLinks(World world, Fault fault, string victim)
    {
        var others = fault.Others.Where(other => other != victim).SelectMany(other => Addresses(world, other)).ToArray();
        Action end;
        switch (fault.Kind)
        {
            case FaultKind.Cut or FaultKind.Mute:
                var pairs = others.Select(other => (From: victim, To: other))
                    .Concat(fault.Kind == FaultKind.Cut ? others.Select(other => (From: other, To: victim)) : []).ToArray();
                Array.ForEach(pairs, pair => world.Network.CutOneWay(pair.From, pair.To));
                end = () => Array.ForEach(pairs, pair => world.Network.Mend(pair.From, pair.To));
                break;
            case FaultKind.Slow:
                world.Network.Slow(victim, fault.By);
                end = () => world.Network.Slow(victim, 0);
                break;
            case FaultKind.Lossy:
                world.Network.Lose(victim, fault.By / 100.0);
                end = () => world.Network.Lose(victim, 0);
                break;
            case FaultKind.Doubled:
                world.Network.Double(victim, fault.By / 100.0);
                end = () => world.Network.Double(victim, 0);
                break;
            default:
                world.Servers[victim].StallStream((int)fault.ForMs);
                return;
        }

        world.After(fault.ForMs, null, end);
    }

    private static void OnCoordination(World world, Fault fault, SimCluster cluster)
    {
        switch (fault.Kind)
        {
            case FaultKind.EtcdDown:
                cluster.IsDown = true;
                world.After(fault.ForMs, null, () => cluster.IsDown = false);
                break;
            case FaultKind.EtcdLeader:
                cluster.LoseLeader(world.Now + fault.ForMs);
                break;
            default:
                cluster.Compact();
                break;
        }
    }

    private static void OnDisk(World world, Fault fault, SimHost host)
    {
        if (fault.Kind == FaultKind.SlowDisk)
        {
            host.Disk.Slowness = TimeSpan.FromMilliseconds(fault.By);
            world.After(fault.ForMs, null, () => host.Disk.Slowness = TimeSpan.Zero);
            return;
        }

        // A server that cannot write its log ends.
        host.Disk.IsFull = host.Server.DiskIsFull = true;
        host.Server.Kill();
        world.After(fault.ForMs, null, () => host.Disk.IsFull = host.Server.DiskIsFull = false);
    }

    /// <summary>An operator asks one of the agents that live, by its interface.</summary>
    public static void Ask(
        World world, IEnumerable<SimHost> hosts, string what, Func<AgentControl, CancellationToken, Task<CommandResult>> ask)
    {
        var alive = hosts.Where(host => host is { AgentLives: true, Agent: not null }).ToArray();
        if (alive.Length == 0)
        {
            return;
        }

        var host = alive[world.Between(0, alive.Length - 1)];
        var (agent, run) = (host.Agent!, host.Run!);
        run.Start(async () =>
        {
            try
            {
                var answer = await ask(agent.Control, CancellationToken.None);
                world.Oath.Fault();
                world.Note(host.Name, $"the operator asks for a {what}: {answer.Message}");
            }
            catch (CoordinationException exception)
            {
                world.Note(host.Name, $"the operator asks for a {what}: {exception.Message}");
            }
        });
    }
}
