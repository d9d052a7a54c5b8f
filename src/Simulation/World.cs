using System.Collections.Immutable;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Faults;
using Holdfast.Simulation.Hosts;
using Holdfast.Simulation.Oath;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Sites;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation;

/// <summary>
/// A whole group, or two with a witness between them, on one thread and in simulated time: the real agents on simulated hosts, with simulated
/// servers, coordination, clients and faults. All that is random comes from the scenario, so a run can be replayed exactly.
/// </summary>
internal sealed class World
{
    /// <summary>What a message between two sites takes more, in ms.</summary>
    private const int BetweenSites = 10;

    private readonly List<string>? _trace;
    private long _healthLookedAt;

    public World(Scenario scenario, Defect? defect = null, bool traced = false)
    {
        (Scenario, Defect) = (scenario, defect ?? Defect.None);
        _trace = traced ? [] : null;
        Random = new Random(scenario.Noise);
        (Assassin, Attendant) = (new Assassin(this), new Attendant(this));
        Weather = scenario.Weather;
        Store = SimStore.Of(scenario);
        System = SimStore.SystemOf(Store);
        Oath = HasTwoSites ? new SitesOath(this) : new OathKeeper(this);
        Clusters = ClustersOf(scenario);
        Global = SitePolicy.From(Store, SimStore.First) is { } policy ? new GlobalScope(this, Clusters[0], SiteKeys.Of(System, Store), policy) : null;
        Sites = [.. Store.Sites.OrderDescending(StringComparer.Ordinal).Select((site, i) =>
            new SimSite(this, GroupSpec.From(Store, site), Clusters.Length == 1 ? Clusters[0] : Clusters[i + 1]))];
        Hosts = Sites.SelectMany(site => site.Hosts).ToImmutableSortedDictionary(host => host.Name, host => host, StringComparer.Ordinal);
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
    public OathKeeper Oath { get; }
    /// <summary>The first keeps the global scope where there is one; the others, if any, each the record of one site.</summary>
    public ImmutableArray<SimCluster> Clusters { get; }
    /// <summary>The first is active at the beginning.</summary>
    public ImmutableArray<SimSite> Sites { get; }
    public bool HasTwoSites => Scenario.Second is not null;
    /// <summary>Which site is active; null: there is only one.</summary>
    public GlobalScope? Global { get; }
    /// <summary>Of the active site, by the global record.</summary>
    public SimSite Active => Sites.FirstOrDefault(site => site.Name == Global?.Truth.Record?.ActiveSite) ?? Sites[0];
    public ImmutableSortedDictionary<string, SimHost> Hosts { get; }
    public ImmutableSortedDictionary<string, SimServer> Servers { get; }
    public Assassin Assassin { get; }
    public Attendant Attendant { get; }
    /// <summary>In ms.</summary>
    public long Now => Schedule.NowMs;
    /// <summary>Nothing goes wrong from here on.</summary>
    public bool Calm => Now >= Scenario.CalmFromMs;
    public bool IsTraced => _trace is not null;
    public IReadOnlyList<string> Trace => _trace ?? [];

    /// <summary>Does something later. What happens on a host waits while that host is frozen.</summary>
    public void After(long milliseconds, string? host, Action action) => Schedule.After(TimeSpan.FromMilliseconds(milliseconds), host, action);

    public int Between(int low, int high) => Random.Next(low, high + 1);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    /// <summary>What a message takes more because it goes to another site, in ms.</summary>
    public int Distance(string one, string other) => !HasTwoSites || Hosts[one].Site == Hosts[other].Site ? 0 : BetweenSites;

    public bool IsFrozen(string host) => Schedule.IsFrozen(host);

    public void Note(string who, string what) => _trace?.Add($"{Now,6} ms  {who,-4} {what}");

    /// <summary>Runs to the end: faults, then calm until the group is healthy again. Returns what was violated; null: nothing.</summary>
    public string? Run()
    {
        if (!Scenario.FromNothing)
        {
            if (HasTwoSites)
            {
                SiteBirth.Begin(this);
            }
            else
            {
                Birth.Begin(this);
            }
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

        After(Scenario.CalmFromMs, null, () =>
        {
            Nemesis.MendAll(this);
            if (HasTwoSites)
            {
                Attendant.Begin();
            }
        });
        while (Oath.Violation is null && Schedule.Step())
        {
            if (Calm && Now > _healthLookedAt)
            {
                _healthLookedAt = HasTwoSites ? Now + 50 : Now;
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

    private ImmutableArray<SimCluster> ClustersOf(Scenario scenario) => scenario.Second switch
    {
        null => [new SimCluster(this, Network.Coordination, [Network.Coordination])],
        { Separate: false } => [Stretched()],
        _ => [Stretched(), new SimCluster(this, $"local-{SimStore.First}", [$"local-{SimStore.First}"]),
            new SimCluster(this, $"local-{SimStore.Second}", [$"local-{SimStore.Second}"])],
    };

    /// <summary>Over both sites and the witness.</summary>
    private SimCluster Stretched() => new(
        this, Network.Coordination, [.. new[] { SimStore.First, SimStore.Second, SimStore.Witness }.Select(site => $"etcd-{site}")], BetweenSites);
}
