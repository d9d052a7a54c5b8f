using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>What goes wrong, until it stops: then everything is mended that the rules cannot mend.</summary>
internal static class Faults
{
    public static void Begin(World world, int forMs)
    {
        world.After(world.Between(100, 1_500), null, () => Next(world, forMs));
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
        world.After(world.Chance(0.3) ? world.Between(1, 100) : world.Between(200, 2_000), null, () => Next(world, until));
    }

    private static void One(World world, int until)
    {
        var names = world.Servers.Keys.ToArray();
        var primary = world.Store.State.Record?.Primary;
        var victim = primary is not null && world.Chance(0.5) ? primary : names[world.Between(0, names.Length - 1)];
        var end = Math.Min(until, world.Now + world.Between(100, 3_000));
        switch (world.Between(0, 10))
        {
            case 0:
                world.Note(victim, "FAULT server killed");
                world.Servers[victim].Kill();
                break;
            case 1 or 2:
                world.Note(victim, "FAULT agent killed");
                world.Agents[victim].Crash();
                Relaunch(world, victim, world.Now + world.Between(20, 1_000));
                break;
            case 3:
                world.Note(victim, "FAULT host killed");
                world.Agents[victim].Crash();
                world.Servers[victim].Kill();
                Relaunch(world, victim, end);
                break;
            case 4 or 5:
                world.Note(victim, $"FAULT host frozen until {end}");
                world.Network.Freeze(victim, end);
                break;
            case 6:
                world.Note("etcd", $"FAULT down until {end}");
                world.Network.SetDown(Network.Coordination, true);
                world.After(end - world.Now, null, () => world.Network.SetDown(Network.Coordination, false));
                break;
            case 7:
                Cut(world, victim, names, end);
                break;
            case 8:
                world.Note(victim, "FAULT stream stalls");
                world.Servers[victim].StallStream((int)(end - world.Now));
                break;
            case 9:
                Ask(world, names);
                break;
            default:
                Pause(world, end);
                break;
        }
    }

    private static void Relaunch(World world, string name, long at) => world.After(at - world.Now, null, () =>
    {
        if (!world.Agents[name].Alive)
        {
            world.Oath.Fault();
            world.Agents[name].Launch();
        }
    });

    private static void Cut(World world, string victim, string[] names, long end)
    {
        var from = names.Append(Network.Coordination).Where(other => other != victim && world.Chance(0.6)).ToArray();
        world.Note(victim, $"FAULT cut off from {string.Join(" ", from)} until {end}");
        foreach (var other in from)
        {
            world.Network.Cut(victim, other);
        }

        world.After(end - world.Now, null, world.Network.Heal);
    }

    private static void Ask(World world, string[] names)
    {
        var kind = world.Chance(0.5) ? RequestKind.Switchover : RequestKind.Failover;
        var target = world.Chance(0.7) ? names[world.Between(0, names.Length - 1)] : null;
        world.Note("op", $"asks for a {kind} to {target ?? "anybody"}");
        world.Store.Apply("op", state => state with { Request = ($"r{world.Now}", kind, target) });
    }

    private static void Pause(World world, long end)
    {
        world.Note("op", $"pauses until {end}");
        world.Store.Apply("op", state => state.Record is { IsBeingBorn: false } record ? state with { Record = record with { Paused = true } } : null);
        world.After(end - world.Now, null, () => Resume(world));
    }

    private static void Resume(World world) =>
        world.Store.Apply("op", state => state.Record is { Paused: true } record ? state with { Record = record with { Paused = false } } : null);

    private static void Mend(World world)
    {
        world.Note("", "CALM: nothing goes wrong from here on");
        world.Oath.Fault();
        world.Network.SetDown(Network.Coordination, false);
        world.Network.Heal();
        Resume(world);
        foreach (var agent in world.Agents.Values.Where(agent => !agent.Alive))
        {
            agent.Launch();
        }
    }
}
