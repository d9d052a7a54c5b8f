using System.Collections.Immutable;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Servers;

namespace Holdfast.Simulation.Faults;

/// <summary>Draws what goes wrong in a run of two sites, before it begins.</summary>
internal static class SiteFaultDrawing
{
    private static readonly FaultKind[] OfHosts =
    [
        FaultKind.KillServer, FaultKind.KillServer, FaultKind.KillAgent, FaultKind.KillAtStep, FaultKind.KillAtStep, FaultKind.RestartAgent,
        FaultKind.CrashHost, FaultKind.CrashHost, FaultKind.Freeze, FaultKind.Freeze, FaultKind.Cut, FaultKind.Cut, FaultKind.Mute, FaultKind.Slow,
        FaultKind.Lossy, FaultKind.Doubled, FaultKind.StallStream, FaultKind.SlowDisk, FaultKind.FullDisk, FaultKind.Clock, FaultKind.Switchover,
        FaultKind.Failover,
    ];

    private static readonly FaultKind[] OfSites =
    [
        FaultKind.LoseSite, FaultKind.LoseSite, FaultKind.CutLink, FaultKind.CutLink, FaultKind.MuteLink, FaultKind.CutWitness, FaultKind.Isolate,
        FaultKind.Isolate, FaultKind.EtcdDown, FaultKind.EtcdLeader, FaultKind.Compact, FaultKind.Pause, FaultKind.KillAtDuty, FaultKind.KillAtDuty,
        FaultKind.KillAtDuty, FaultKind.LateAtDuty, FaultKind.LateAtDuty,
        FaultKind.SiteSwitchover, FaultKind.SiteSwitchover, FaultKind.SiteSwitchover, FaultKind.SiteSwitchover,
        FaultKind.SiteFailover, FaultKind.SiteFailover, FaultKind.SiteFailback, FaultKind.AcceptLoss,
    ];

    private static readonly string[] Duties =
    [
        "MOVE.begin-step", "MOVE.check", "MOVE.stopped", "MOVE.caught-up", "MOVE.fenced", "MOVE.take", "MOVE.promoted", "MOVE.follows", "MOVE.finish",
        "SITE.take-over", "MOVE.prepare", "MOVE.verify",
    ];

    public static ImmutableArray<Fault> Draw(Random random, Scenario scenario)
    {
        var first = Names('a', scenario.Members);
        var second = Names('x', scenario.Second!.Members);
        var until = scenario.CalmFromMs;
        var faults = ImmutableArray.CreateBuilder<Fault>();
        for (var at = (long)random.Next(300, 2_000); at < until; at += random.Next(10) < 3 ? random.Next(1, 150) : random.Next(300, 3_000))
        {
            faults.Add(random.Next(10) < 4 ? OfHost(random, [.. first, .. second], at, until) : OfSite(random, scenario.Second, at, until));
        }

        if (random.Next(8) == 0)
        {
            // One that is not back within the run, near its end.
            faults.Add(new Fault(until - random.Next(0, 4_000), FaultKind.LoseSite, Site(random), 0, []));
        }

        return [.. faults.OrderBy(fault => fault.AtMs)];
    }

    private static Fault OfHost(Random random, string[] names, long at, long until)
    {
        var kind = OfHosts[random.Next(OfHosts.Length)];
        var victim = random.Next(10) switch { < 4 => Fault.Primary, < 6 => Fault.Leader, _ => names[random.Next(names.Length)] };
        var fault = FaultDrawing.Shaped(random, kind, victim, names, at, until);
        return kind is FaultKind.Switchover or FaultKind.Failover && random.Next(2) == 0 ? fault with { Victim = Fault.Primary } : fault;
    }

    private static Fault OfSite(Random random, SecondSite second, long at, long until)
    {
        var kind = OfSites[random.Next(OfSites.Length)];
        var duration = Math.Min(until - at, random.Next(100, 7_000));
        var fault = new Fault(at, kind, "", duration, []);
        return kind switch
        {
            FaultKind.LoseSite or FaultKind.MuteLink or FaultKind.Isolate or FaultKind.Pause => fault with { Victim = Site(random) },
            FaultKind.CutWitness => fault with { Victim = random.Next(2) == 0 ? "" : Site(random) },
            FaultKind.EtcdDown => fault with { Victim = Cluster(random, second) },
            FaultKind.EtcdLeader => fault with { Victim = Cluster(random, second), ForMs = Math.Min(duration, random.Next(50, 1_500)) },
            FaultKind.Compact => fault with { Victim = Cluster(random, second), ForMs = 0 },
            FaultKind.KillAtDuty => fault with
            {
                ForMs = 0,
                By = random.Next(3) == 0 ? 0 : random.Next(1, 30),
                Others = random.Next(4) == 0 ? [] : [Duties[random.Next(Duties.Length)]],
            },
            FaultKind.LateAtDuty => fault with { Others = random.Next(3) == 0 ? [] : [Duties[random.Next(Duties.Length)]] },
            FaultKind.SiteSwitchover or FaultKind.SiteFailback => fault with { Victim = Fault.PassiveSite, ForMs = 0 },
            FaultKind.SiteFailover => Failover(random, second, fault with { Victim = Fault.PassiveSite }),
            FaultKind.AcceptLoss => fault with { ForMs = 0 },
            _ => fault,
        };
    }

    private static Fault Failover(Random random, SecondSite second, Fault fault)
    {
        var how = ImmutableArray.CreateBuilder<string>();
        if (random.Next(2) == 0)
        {
            how.Add(SiteNemesis.AcceptDataLoss);
        }

        if (second.Isolation == IsolationPolicy.Continue && random.Next(10) < 8)
        {
            how.Add(random.Next(10) == 0 ? SiteNemesis.Lie : SiteNemesis.Fenced);
        }

        return fault with { Others = how.ToImmutable(), ForMs = how.Contains(SiteNemesis.Fenced) ? fault.ForMs : 0 };
    }

    private static string Site(Random random) => random.Next(10) < 6 ? Fault.ActiveSite : Fault.PassiveSite;

    private static string Cluster(Random random, SecondSite second) => !second.Separate ? Network.Coordination
        : random.Next(3) switch { 0 => $"local-{SimStore.First}", 1 => $"local-{SimStore.Second}", _ => Network.Coordination };

    private static string[] Names(char first, int count) => [.. Enumerable.Range(0, count).Select(i => ((char)(first + i)).ToString())];
}
