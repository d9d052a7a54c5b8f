using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>What goes wrong with two sites, until it stops: then everything is mended that the rules cannot mend.</summary>
internal static class SiteFaults
{
    public static void Begin(World world, int forMs)
    {
        world.After(world.Between(300, 2_000), null, () => Next(world, forMs));
        world.After(forMs, null, () => Mend(world));
    }

    private static void Next(World world, int until)
    {
        if (world.Now >= until)
        {
            return;
        }

        world.Oath.Fault();
        One(world, until);
        world.After(world.Chance(0.35) ? world.Between(1, 150) : world.Between(300, 3_500), null, () => Next(world, until));
    }

    private static void One(World world, int until)
    {
        var site = world.Chance(0.6) ? Active(world) : world.Sites[world.Between(0, 1)];
        var names = site.Group.Members.Keys.ToArray();
        var leader = site.Store.State.Record?.Primary;
        var victim = leader is not null && world.Chance(0.6) ? leader : names[world.Between(0, names.Length - 1)];
        var end = Math.Min(until, world.Now + world.Between(100, 6_000));
        switch (world.Between(0, 17))
        {
            case 0:
                world.Note(victim, "FAULT server killed");
                world.Servers[victim].Kill();
                break;
            case 1:
                world.Note(victim, "FAULT agent killed");
                world.Agents[victim].Crash();
                Relaunch(world, victim, world.Now + world.Between(20, 1_000));
                break;
            case 2:
                world.Note(victim, $"FAULT host killed until {end}");
                Kill(world, victim, end);
                break;
            case 3:
                world.Note(victim, $"FAULT host frozen until {end}");
                world.Network.Freeze(victim, end);
                break;
            case 4:
                var clusters = world.Link!.Clusters.ToArray();
                var cluster = clusters[world.Between(0, clusters.Length - 1)];
                world.Note(cluster, $"FAULT down until {end}");
                world.Network.SetDown(cluster, true);
                world.After(end - world.Now, null, () => world.Network.SetDown(cluster, false));
                break;
            case 5:
                world.Note(site.Name, $"FAULT site lost until {end}");
                foreach (var name in names)
                {
                    Kill(world, name, end);
                }

                break;
            case 6 or 7:
                Cut(world, names, [.. Others(world, site).Group.Members.Keys], $"{site.Name} and {Others(world, site).Name}", end);
                break;
            case 8 or 9:
                Cut(world, names, [GlobalHost(world)], $"{site.Name} and the global scope", end);
                break;
            case 10:
                Cut(world, names, [.. Others(world, site).Group.Members.Keys, GlobalHost(world)], $"{site.Name} and everything else", end);
                break;
            case 11:
                var from = names.Append(site.Coordination).Where(other => other != victim && world.Chance(0.6)).ToArray();
                Cut(world, [victim], from, $"{victim} and {string.Join(" ", from)}", end);
                break;
            default:
                Ask(world, end);
                break;
        }
    }

    private static SimSite Active(World world) =>
        world.Sites.FirstOrDefault(site => site.Name == world.Link!.Global.State.Record?.ActiveSite) ?? world.Sites[0];

    private static SimSite Others(World world, SimSite site) => world.Sites.Single(other => other != site);

    private static string GlobalHost(World world) => world.Link!.Clusters.First();

    private static void Kill(World world, string name, long until)
    {
        world.Agents[name].Crash();
        world.Servers[name].Kill();
        Relaunch(world, name, until);
    }

    private static void Relaunch(World world, string name, long at) => world.After(at - world.Now, null, () =>
    {
        if (!world.Agents[name].Alive)
        {
            world.Oath.Fault();
            world.Agents[name].Launch();
        }
    });

    /// <summary>In both directions, or in one.</summary>
    private static void Cut(World world, string[] here, string[] there, string what, long end)
    {
        var (forth, back) = world.Between(0, 3) switch { 0 => (true, false), 1 => (false, true), _ => (true, true) };
        world.Note("", $"FAULT cut between {what}{(forth ? back ? "" : ", forth only" : ", back only")} until {end}");
        var cuts = (from one in here from other in there select (one, other)).ToArray();
        foreach (var (one, other) in cuts)
        {
            if (forth)
            {
                world.Network.CutOneWay(one, other);
            }

            if (back)
            {
                world.Network.CutOneWay(other, one);
            }
        }

        world.After(end - world.Now, null, () =>
        {
            foreach (var (one, other) in cuts)
            {
                world.Network.Mend(one, other);
                world.Network.Mend(other, one);
            }
        });
    }

    /// <summary>An operator asks for a move, at whatever moment; or the group is paused.</summary>
    private static void Ask(World world, long end)
    {
        if (world.Chance(0.12))
        {
            var site = world.Sites[world.Between(0, 1)];
            world.Note("op", $"pauses {site.Name} until {end}");
            site.Store.Apply("op", state => state.Record is { IsBeingBorn: false } record ? state with { Record = record with { Paused = true } } : null);
            world.After(end - world.Now, null, () => Resume(site));
            return;
        }

        var (active, kind) = (Active(world), world.Between(0, 4) switch { 0 => MoveKind.Failback, 1 or 2 => MoveKind.Failover, _ => MoveKind.Switchover });
        var stated = kind == MoveKind.Failover && world.Link!.Policy.Isolation == IsolationPolicy.Continue && world.Chance(0.8);
        if (stated && !world.Link!.LyingOperator)
        {
            world.Note("op", $"switches {active.Name} off until {end}");
            foreach (var name in active.Group.Members.Keys)
            {
                Kill(world, name, end);
            }
        }

        Operator.Ask(world, kind, world.Chance(0.4), stated ? "switched off" : null);
    }

    private static void Resume(SimSite site) =>
        site.Store.Apply("op", state => state.Record is { Paused: true } record ? state with { Record = record with { Paused = false } } : null);

    private static void Mend(World world)
    {
        world.Note("", "CALM: nothing goes wrong from here on");
        world.Oath.Fault();
        foreach (var cluster in world.Link!.Clusters)
        {
            world.Network.SetDown(cluster, false);
        }

        world.Network.Heal();
        foreach (var site in world.Sites)
        {
            Resume(site);
        }

        foreach (var agent in world.Agents.Values.Where(agent => !agent.Alive))
        {
            agent.Launch();
        }
    }
}
