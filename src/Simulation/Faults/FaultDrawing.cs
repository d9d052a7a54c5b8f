using System.Collections.Immutable;
using Holdfast.Simulation.Servers;

namespace Holdfast.Simulation.Faults;

/// <summary>Draws what goes wrong in a run, before it begins.</summary>
internal static class FaultDrawing
{
    private static readonly FaultKind[] Kinds =
    [
        FaultKind.KillServer, FaultKind.KillServer, FaultKind.KillServer, FaultKind.KillAgent, FaultKind.KillAgent, FaultKind.KillAtStep, FaultKind.KillAtStep,
        FaultKind.KillAtStep, FaultKind.RestartAgent, FaultKind.CrashHost, FaultKind.CrashHost, FaultKind.CrashHost, FaultKind.Freeze, FaultKind.Freeze,
        FaultKind.Freeze, FaultKind.Freeze, FaultKind.Cut, FaultKind.Cut, FaultKind.Cut, FaultKind.Mute, FaultKind.Mute, FaultKind.Slow, FaultKind.Lossy,
        FaultKind.Doubled, FaultKind.StallStream, FaultKind.StallStream, FaultKind.SlowDisk, FaultKind.FullDisk, FaultKind.Clock, FaultKind.EtcdDown,
        FaultKind.EtcdLeader, FaultKind.Compact, FaultKind.Switchover, FaultKind.Switchover, FaultKind.Failover, FaultKind.Failover, FaultKind.Pause,
    ];

    public static ImmutableArray<Fault> Draw(Random random, int members, long until)
    {
        var names = Enumerable.Range(0, members).Select(i => ((char)('a' + i)).ToString()).ToArray();
        var faults = ImmutableArray.CreateBuilder<Fault>();
        for (var at = (long)random.Next(100, 1_500); at < until; at += random.Next(10) < 3 ? random.Next(1, 100) : random.Next(200, 1_600))
        {
            faults.Add(One(random, names, at, until));
        }

        return faults.ToImmutable();
    }

    private static Fault One(Random random, string[] names, long at, long until)
    {
        var kind = Kinds[random.Next(Kinds.Length)];
        var victim = random.Next(2) == 0 ? Fault.Primary : names[random.Next(names.Length)];
        return Shaped(random, kind, victim, names, at, until);
    }

    /// <summary>A fault of this kind, with all that belongs to it.</summary>
    public static Fault Shaped(Random random, FaultKind kind, string victim, string[] names, long at, long until)
    {
        var duration = Math.Min(until - at, random.Next(100, 3_000));
        var fault = new Fault(at, kind, victim, duration, []);
        return kind switch
        {
            FaultKind.KillServer => fault with { ForMs = 0 },
            FaultKind.KillAgent => fault with { ForMs = Math.Min(duration, random.Next(20, 1_000)) },
            FaultKind.KillAtStep => fault with { ForMs = 0, By = random.Next(1, 12) },
            FaultKind.RestartAgent => fault with { ForMs = random.Next(20, 400) },
            FaultKind.Cut or FaultKind.Mute => fault with { Others = Some(random, names) },
            FaultKind.Slow => fault with { By = random.Next(5, 400) },
            FaultKind.Lossy or FaultKind.Doubled => fault with { By = random.Next(10, 100) },
            FaultKind.SlowDisk => fault with { By = random.Next(5, 500) },
            FaultKind.Clock => fault with { ForMs = 0, By = random.Next(-3_600_000, 3_600_000) },
            FaultKind.EtcdDown => fault with { Victim = "" },
            FaultKind.EtcdLeader => fault with { Victim = "", ForMs = Math.Min(duration, random.Next(50, 1_000)) },
            FaultKind.Compact => fault with { Victim = "", ForMs = 0 },
            FaultKind.Switchover or FaultKind.Failover => fault with { Victim = random.Next(10) < 7 ? names[random.Next(names.Length)] : "", ForMs = 0 },
            FaultKind.Pause => fault with { Victim = "" },
            _ => fault,
        };
    }

    private static ImmutableArray<string> Some(Random random, string[] names)
    {
        var all = names.Append(Network.Coordination).ToArray();
        var some = all.Where(_ => random.Next(10) < 6).ToImmutableArray();
        return some.IsEmpty ? [all[random.Next(all.Length)]] : some;
    }
}
