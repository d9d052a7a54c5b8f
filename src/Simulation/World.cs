using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Faults;
using Holdfast.Simulation.Hosts;
using Holdfast.Simulation.Oath;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation;

/// <summary>
/// A whole group on one thread and in simulated time: the real agents on simulated hosts, with simulated servers, coordination, clients and faults.
/// All that is random comes from the scenario, so a run can be replayed exactly.
/// </summary>
internal sealed class World
{
    private static readonly TimingSpec Timing = new()
    {
        CandidateLostAfter = TimeSpan.FromMilliseconds(1200),
        Lease = TimeSpan.FromSeconds(2),
        StaleReadLimit = TimeSpan.FromSeconds(3),
        HandOver = TimeSpan.FromMilliseconds(1500),
        Switchover = TimeSpan.FromSeconds(8),
    };

    private readonly List<string>? _trace;
    private long _healthLookedAt;

    public World(Scenario scenario, Defect? defect = null, bool traced = false)
    {
        (Scenario, Defect) = (scenario, defect ?? Defect.None);
        _trace = traced ? [] : null;
        Random = new Random(scenario.Noise);
        Weather = scenario.Weather;
        Store = StoreOf(scenario);
        System = new SystemSpec
        {
            Name = "sim",
            Coordination = new CoordinationSpec { Endpoints = [] },
            Sites = ImmutableDictionary<string, SiteSpec>.Empty.Add("fra", new SiteSpec("fra")),
            Stores = ImmutableDictionary<string, StoreSpec>.Empty.Add(Store.Name, Store),
        };
        Group = GroupSpec.From(Store, "fra");
        Oath = new OathKeeper(this);
        Cluster = new SimCluster(this, new GroupKeys(System.Name, Store.Name, "fra"));
        Hosts = Store.Members.Keys.ToImmutableSortedDictionary(name => name, name => new SimHost(this, name), StringComparer.Ordinal);
        Servers = Hosts.ToImmutableSortedDictionary(host => host.Key, host => host.Value.Server, StringComparer.Ordinal);
    }

    public Scenario Scenario { get; }
    public Defect Defect { get; }
    public Weather Weather { get; }
    public Random Random { get; }
    public Schedule Schedule { get; } = new();
    public Network Network { get; } = new();
    public SystemSpec System { get; }
    public StoreSpec Store { get; }
    public GroupSpec Group { get; }
    public OathKeeper Oath { get; }
    public SimCluster Cluster { get; }
    public ImmutableSortedDictionary<string, SimHost> Hosts { get; }
    public ImmutableSortedDictionary<string, SimServer> Servers { get; }
    /// <summary>In ms.</summary>
    public long Now => Schedule.NowMs;
    /// <summary>What truly stands in the group's keys.</summary>
    public GroupPicture Truth => Cluster.Truth;
    /// <summary>Nothing goes wrong from here on.</summary>
    public bool Calm => Now >= Scenario.CalmFromMs;
    public bool IsTraced => _trace is not null;
    public IReadOnlyList<string> Trace => _trace ?? [];

    /// <summary>Does something later. What happens on a host waits while that host is frozen.</summary>
    public void After(long milliseconds, string? host, Action action) => Schedule.After(TimeSpan.FromMilliseconds(milliseconds), host, action);

    public int Between(int low, int high) => Random.Next(low, high + 1);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public bool IsFrozen(string host) => Schedule.IsFrozen(host);

    public void Note(string who, string what) => _trace?.Add($"{Now,6} ms  {who,-4} {what}");

    /// <summary>Runs to the end: faults, then calm until the group is healthy again. Returns what was violated; null: nothing.</summary>
    public string? Run()
    {
        if (!Scenario.FromNothing)
        {
            Birth.Begin(this);
        }

        foreach (var host in Hosts.Values)
        {
            host.Launch();
            Clients.Begin(this, host.Server);
        }

        foreach (var fault in Scenario.Faults)
        {
            After(fault.AtMs, null, () => Nemesis.Do(this, fault));
        }

        After(Scenario.CalmFromMs, null, () => Nemesis.MendAll(this));
        while (Oath.Violation is null && Schedule.Step())
        {
            if (Calm && Now > _healthLookedAt)
            {
                _healthLookedAt = Now;
                if (Oath.WhyNotHealthy() is not { } why)
                {
                    Oath.CheckAtEnd();
                    break;
                }

                if (Now > Scenario.CalmFromMs + Scenario.HealthyWithinMs)
                {
                    Oath.Break(5, $"not healthy {Scenario.HealthyWithinMs} ms after the last fault: {why}");
                }
            }
        }

        foreach (var host in Hosts.Values)
        {
            host.Kill();
        }

        return Oath.Violation;
    }

    private static StoreSpec StoreOf(Scenario scenario) => new()
    {
        Name = "orders",
        Kind = "simulated",
        HostLoss = new ObjectiveSpec(scenario.ZeroLoss ? TimeSpan.Zero : TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)),
        Unprotected = scenario.Stalls ? UnprotectedPolicy.Stall : UnprotectedPolicy.Allow,
        Acknowledgements = scenario.Acks,
        Timing = Timing,
        Engine = new SimulatedEngine(),
        Members = Enumerable.Range(0, scenario.Members).Select(i => ((char)('a' + i)).ToString()).ToImmutableSortedDictionary(
            name => name,
            name => new MemberSpec
            {
                Name = name,
                Site = "fra",
                Address = new Endpoint("127.0.0.1", 5432),
                Agent = new Endpoint("127.0.0.1", 8008),
                Data = $"/simulated/{name}",
            },
            StringComparer.Ordinal),
    };

    private sealed record SimulatedEngine : EngineSpec;
}
