using System.Collections.Immutable;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Faults;

namespace Holdfast.Simulation;

/// <summary>How bad the ordinary weather is; each is a probability.</summary>
/// <param name="LateCalls">That a call to coordination is given up by its sender and done later.</param>
/// <param name="LostAnswers">That it is done without an answer.</param>
/// <param name="LateNews">That a watch tells something late.</param>
/// <param name="FreezesInCalls">That a host stands still between the renewal of a lease and its answer.</param>
internal sealed record Weather(double LateCalls, double LostAnswers, double LateNews, double FreezesInCalls)
{
    public static readonly Weather Fine = new(0, 0, 0, 0);
}

/// <summary>Which worlds are drawn.</summary>
internal enum Worlds
{
    OneSite,
    TwoSites,
    /// <summary>Of each seed its own: every third has two sites.</summary>
    Mixed,
}

/// <summary>What there is with a second site only.</summary>
internal sealed record SecondSite
{
    public int Members { get; init; } = 2;
    /// <summary>Each site has a cluster of its own for its group; else all is in the one that is stretched over both sites and the witness.</summary>
    public bool Separate { get; init; }
    public IsolationPolicy Isolation { get; init; } = IsolationPolicy.Fence;
    public SiteFailoverPolicy Failover { get; init; } = SiteFailoverPolicy.Automatic;
    /// <summary>How much may be lost with a site.</summary>
    public int RpoMs { get; init; } = 5_000;
    /// <summary>A user's program is run before a move, after it.</summary>
    public bool HookBefore { get; init; }
    public bool HookAfter { get; init; }
    /// <summary>The hosts' clocks are minutes, those of the sites an hour apart.</summary>
    public bool ClocksApart { get; init; }
}

/// <summary>All that a run depends on: the group, the weather, what goes wrong and when, and the noise in everything else.</summary>
internal sealed record Scenario
{
    /// <summary>Seed of all that is random besides the faults.</summary>
    public required int Noise { get; init; }
    public int Members { get; init; } = 3;
    public bool ZeroLoss { get; init; } = true;
    public int Acks { get; init; } = 1;
    /// <summary>How much of a store that is not zero-loss may be lost with a host.</summary>
    public int HostRpoMs { get; init; } = 5_000;
    /// <summary><c>unprotected: stall</c>.</summary>
    public bool Stalls { get; init; }
    /// <summary>The run begins before the group's birth.</summary>
    public bool FromNothing { get; init; }
    /// <summary>From here on nothing goes wrong.</summary>
    public long CalmFromMs { get; init; } = 8_000;
    /// <summary>How long the group may take to be healthy again afterwards (oath 5).</summary>
    public long HealthyWithinMs { get; init; } = 40_000;
    public Weather Weather { get; init; } = Weather.Fine;
    /// <summary>Null: the store has one site.</summary>
    public SecondSite? Second { get; init; }
    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>The scenario of a seed.</summary>
    public static Scenario Of(int seed, Worlds worlds) =>
        worlds == Worlds.TwoSites || (worlds == Worlds.Mixed && seed % 3 == 0) ? OfTwoSites(seed) : OfOneSite(seed);

    private static Scenario OfTwoSites(int seed)
    {
        var random = new Random(seed);
        var scenario = new Scenario
        {
            Noise = seed,
            Members = random.Next(2, 4),
            Acks = random.Next(4) == 0 ? 2 : 1,
            Stalls = random.Next(4) == 0,
            FromNothing = random.Next(10) == 0,
            CalmFromMs = random.Next(3) == 0 ? 20_000 : 12_000,
            HealthyWithinMs = 90_000,
            Weather = WeatherOf(random),
            Second = new SecondSite
            {
                Members = random.Next(1, 4),
                Separate = random.Next(2) == 0,
                Isolation = random.Next(3) == 0 ? IsolationPolicy.Continue : IsolationPolicy.Fence,
                Failover = random.Next(3) == 0 ? SiteFailoverPolicy.Manual : SiteFailoverPolicy.Automatic,
                RpoMs = random.Next(2, 9) * 1_000,
                HookBefore = random.Next(5) == 0,
                HookAfter = random.Next(5) == 0,
                ClocksApart = random.Next(3) == 0,
            },
        };
        return scenario with { Faults = SiteFaultDrawing.Draw(random, scenario) };
    }

    private static Scenario OfOneSite(int seed)
    {
        var random = new Random(seed);
        var members = random.Next(2, 5);
        var calm = random.Next(4) == 0 ? 16_000 : 8_000;
        var scenario = new Scenario
        {
            Noise = seed,
            Members = members,
            ZeroLoss = random.Next(6) != 0,
            Acks = members > 2 ? random.Next(1, 3) : 1,
            Stalls = random.Next(4) == 0,
            FromNothing = random.Next(8) == 0,
            CalmFromMs = calm,
            Weather = WeatherOf(random),
        };
        scenario = scenario with { Faults = FaultDrawing.Draw(random, members, calm) };
        return scenario.ZeroLoss ? scenario : scenario with
        {
            HostRpoMs = random.Next(2) == 0 ? random.Next(300, 3_000) : scenario.HostRpoMs,
            Faults =
            [
                .. scenario.Faults.Select(
                    fault => fault.Kind == FaultKind.Failover && random.Next(2) == 0 ? fault with { Others = [SiteNemesis.AcceptDataLoss] } : fault),
            ],
        };
    }

    private static Weather WeatherOf(Random random) => random.Next(4) switch
    {
        0 => new Weather(0.1, 0.05, 0.1, 0.02),
        1 => new Weather(0.02, 0.02, 0.02, 0.1),
        2 => Weather.Fine,
        _ => new Weather(0.03, 0.02, 0.02, 0.01),
    };
}
