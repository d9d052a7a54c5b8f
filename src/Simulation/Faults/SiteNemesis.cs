using Holdfast.Agent.Api.Sites;
using Holdfast.Core.Sites;
using Holdfast.Simulation.Sites;

namespace Holdfast.Simulation.Faults;

/// <summary>What goes wrong with two sites, and what an operator asks of them.</summary>
internal static class SiteNemesis
{
    public const string AcceptDataLoss = "accept-data-loss";
    public const string Fenced = "fenced";
    public const string Lie = "lie";

    /// <param name="victim">A site, a cluster, or nothing.</param>
    public static void Do(World world, Fault fault, string victim)
    {
        var site = world.Sites.FirstOrDefault(site => site.Name == victim);
        switch (fault.Kind)
        {
            case FaultKind.LoseSite:
                Lose(world, site!, fault.ForMs);
                break;
            case FaultKind.CutLink:
                Cut(world, Places(world, SimStore.First), Places(world, SimStore.Second), both: true, fault.ForMs);
                break;
            case FaultKind.MuteLink:
                Cut(world, Places(world, victim), Places(world, Other(world, site!).Name), both: false, fault.ForMs);
                break;
            case FaultKind.CutWitness:
                string[] there = site is null ? [.. Places(world, SimStore.First), .. Places(world, SimStore.Second)] : Places(world, victim);
                Cut(world, Places(world, SimStore.Witness), there, both: true, fault.ForMs);
                break;
            case FaultKind.Isolate:
                Cut(world, Places(world, victim), [.. Places(world, Other(world, site!).Name), .. Places(world, SimStore.Witness)], both: true, fault.ForMs);
                break;
            case FaultKind.KillAtDuty or FaultKind.LateAtDuty:
                world.Assassin.Arm(fault);
                break;
            case FaultKind.AcceptLoss:
                Ask(world, new SiteMoveRequest("failover", world.Active.Name, AcceptDataLoss: true, null, "the simulator"));
                break;
            default:
                Move(world, fault);
                break;
        }
    }

    /// <summary>The site that is not active; null: there is only one.</summary>
    public static SimSite? Passive(World world) => world.Sites.FirstOrDefault(site => site != world.Active);

    /// <summary>An operator asks any agent that lives, by its interface.</summary>
    public static void Ask(World world, SiteMoveRequest request)
    {
        var how = (request.AcceptDataLoss ? ", accepting data loss" : "") + (request.Fenced is { } fenced ? $", {fenced}" : "");
        Nemesis.Ask(
            world, world.Hosts.Values, $"{request.Kind} to site {request.To}{how}", (control, stop) => control.RequestSiteMoveAsync(request, stop));
    }

    /// <summary>Power is cut for all of a site, its coordination too.</summary>
    /// <param name="forMs">0: it is not back within the run.</param>
    public static void Lose(World world, SimSite site, long forMs)
    {
        site.LostUntil = Math.Max(site.LostUntil, forMs == 0 ? long.MaxValue : world.Now + forMs);
        foreach (var host in site.Hosts)
        {
            host.LosePower();
        }

        foreach (var (cluster, place) in world.Clusters.SelectMany(cluster => Places(world, site.Name).Select(place => (cluster, place))))
        {
            cluster.Lose(place);
        }

        if (site.LostUntil != long.MaxValue)
        {
            world.After(site.LostUntil - world.Now, null, () =>
            {
                if (!site.IsLost)
                {
                    Return(world, site);
                }
            });
        }
    }

    /// <summary>All of it has power again, with what was on its disks.</summary>
    public static void Return(World world, SimSite site)
    {
        site.LostUntil = world.Now;
        world.Note("-", $"site {site.Name} is back");
        world.Oath.Fault();
        foreach (var (cluster, place) in world.Clusters.SelectMany(cluster => Places(world, site.Name).Select(place => (cluster, place))))
        {
            cluster.Return(place);
        }

        foreach (var host in site.Hosts)
        {
            Nemesis.Relaunch(world, host, world.Between(0, 1_500));
        }
    }

    private static void Move(World world, Fault fault)
    {
        var to = Other(world, world.Active);
        var words = fault.Others;
        if (words.Contains(Fenced))
        {
            // It is switched off before it is said.
            Lose(world, world.Active, Math.Max(1, fault.ForMs));
        }

        Ask(world, new SiteMoveRequest(
            fault.Kind switch { FaultKind.SiteSwitchover => "switchover", FaultKind.SiteFailback => "failback", _ => "failover" }, to.Name,
            words.Contains(AcceptDataLoss), words.Contains(Fenced) ? "switched off" : words.Contains(Lie) ? "not at all" : null, "the simulator"));
    }

    private static SimSite Other(World world, SimSite site) => world.Sites.First(other => other != site);

    /// <summary>All that has an address at a site.</summary>
    private static string[] Places(World world, string site) =>
    [
        .. world.Sites.Where(each => each.Name == site).SelectMany(each => each.Hosts).Select(host => host.Name),
        .. world.Clusters.SelectMany(cluster => cluster.Replicas).Where(replica => replica.EndsWith($"-{site}", StringComparison.Ordinal)),
    ];

    private static void Cut(World world, string[] here, string[] there, bool both, long forMs)
    {
        var pairs = (from one in here from other in there select (From: one, To: other)).ToList();
        if (both)
        {
            pairs.AddRange([.. pairs.Select(pair => (pair.To, pair.From))]);
        }

        pairs.ForEach(pair => world.Network.CutOneWay(pair.From, pair.To));
        world.After(forMs, null, () => pairs.ForEach(pair => world.Network.Mend(pair.From, pair.To)));
    }
}

/// <summary>Kills agents between two steps of a move, or makes what they write late.</summary>
internal sealed class Assassin(World world)
{
    private readonly List<Fault> _armed = [];

    public void Arm(Fault fault) => _armed.Add(fault);

    public void Stop() => _armed.Clear();

    /// <summary>This duty is about to be carried out. True: the agent has been killed before.</summary>
    public bool Strikes(Hosts.SimHost host, SiteDecision decision)
    {
        var index = _armed.FindIndex(fault => fault.Others.IsDefaultOrEmpty || fault.Others.Contains(decision.Rule));
        if (index < 0)
        {
            return false;
        }

        var fault = _armed[index];
        _armed.RemoveAt(index);
        world.Oath.Fault();
        if (fault.Kind == FaultKind.LateAtDuty)
        {
            world.Note(host.Name, $"FAULT what {decision.Rule} writes is {fault.ForMs} ms late");
            host.Lateness = fault.ForMs;
            return false;
        }

        world.Note(host.Name, $"FAULT agent killed {(fault.By == 0 ? "before" : $"{fault.By} ms after")} {decision.Rule}");
        var run = host.Run;
        if (fault.By == 0)
        {
            Kill();
            return true;
        }

        world.After(fault.By, null, () =>
        {
            if (host.Run == run)
            {
                Kill();
            }
        });
        return false;

        void Kill()
        {
            host.Kill();
            world.After(world.Between(20, 1_500), null, host.Launch);
        }
    }
}
