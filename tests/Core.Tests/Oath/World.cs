using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.OathOfSites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Oath;

/// <summary>What can be set for a run; the mutants change it.</summary>
internal sealed record WorldSpec
{
    public required int Seed { get; init; }
    public ImmutableArray<Rule> Table { get; init; } = FailoverRules.Table;
    public DriverSpec Driver { get; init; } = new();
    /// <summary>How long things go wrong; 0: never.</summary>
    public int FaultsForMs { get; init; } = 8_000;
    /// <summary>How long a group may take to be healthy again afterwards (oath 5).</summary>
    public int HealthyWithinMs { get; init; } = 40_000;
    /// <summary>Nothing goes wrong at all.</summary>
    public bool Peaceful { get; init; }
    public bool Trace { get; init; }
    /// <summary>Null: drawn from the seed.</summary>
    public int? Members { get; init; }
    public bool? Born { get; init; }
    public Action<World>? Script { get; init; }
    /// <summary>Null: the store has one site.</summary>
    public SitesSpec? Sites { get; init; }
}

/// <summary>What can be set for a run of two sites; null: drawn from the seed.</summary>
internal sealed record SitesSpec
{
    public ImmutableArray<Duty> Duties { get; init; } = SiteDuties.Table;
    public IsolationPolicy? Isolation { get; init; }
    public SiteFailoverPolicy? Failover { get; init; }
    /// <summary>The operator says that a site has been stopped when it has not.</summary>
    public bool? Lying { get; init; }
    /// <summary>Each site has a cluster of its own, and there is a global one.</summary>
    public bool? Separate { get; init; }
    /// <summary>An agent ends where this rule or duty decides: before it is carried out, or after it has been.</summary>
    public (string Rule, bool After)? Crash { get; init; }
}

/// <summary>
/// A whole group in one thread and in simulated time: servers, agents with the real rules, coordination, clients and faults. All that is
/// random comes from the seed, so a run can be replayed exactly.
/// </summary>
internal sealed class World
{
    private readonly PriorityQueue<(string? Host, Action Do), (long At, long Order)> _events = new();
    private readonly List<string>? _trace;
    private long _order;
    private long _lookAgain;

    public World(WorldSpec spec)
    {
        Spec = spec;
        Random = new Random(spec.Seed);
        _trace = spec.Trace ? [] : null;
        var count = spec.Members ?? Random.Next(2, 5);
        var zeroLoss = Random.Next(6) != 0 || spec.Script is not null || spec.Sites is not null;
        Group = new GroupSpec
        {
            Store = "orders",
            Site = "fra",
            Members = Names('a', count),
            ZeroLoss = zeroLoss,
            Rpo = zeroLoss ? TimeSpan.Zero : TimeSpan.FromSeconds(5),
            Unprotected = Random.Next(4) == 0 ? UnprotectedPolicy.Stall : UnprotectedPolicy.Allow,
            Acks = count > 2 ? Random.Next(1, 3) : 1,
            Timing = new TimingSpec
            {
                CandidateLostAfter = TimeSpan.FromMilliseconds(1200),
                Lease = TimeSpan.FromSeconds(2),
                StaleReadLimit = TimeSpan.FromSeconds(3),
                HandOver = TimeSpan.FromMilliseconds(1500),
                SiteLease = TimeSpan.FromSeconds(2),
                Switchover = TimeSpan.FromSeconds(8),
            },
        };
        Network = new Network();
        if (spec.Sites is { } sites)
        {
            Link = new SimLink(this, sites);
            Oath = new SitesOath(this);
            Sites = Link.Build();
        }
        else
        {
            Oath = new OathKeeper(this);
            Sites = [new SimSite(this, Group, Network.Coordination)];
        }

        Servers = Sites.SelectMany(site => site.Servers).ToImmutableSortedDictionary(server => server.Name, server => server, StringComparer.Ordinal);
        Agents = Sites.SelectMany(site => site.Agents).ToImmutableSortedDictionary(agent => agent.Name, agent => agent, StringComparer.Ordinal);
    }

    public WorldSpec Spec { get; }
    public GroupSpec Group { get; }
    public Random Random { get; }
    public long Now { get; private set; }
    public Network Network { get; }
    public OathKeeper Oath { get; }
    public ImmutableArray<SimSite> Sites { get; }
    /// <summary>The first site's scope: the only one, where there is one site.</summary>
    public SimStore Store => Sites[0].Store;
    /// <summary>What there is only with two sites; null: there is one.</summary>
    public SimLink? Link { get; }
    public bool HasTwoSites => Spec.Sites is not null;
    public ImmutableSortedDictionary<string, SimServer> Servers { get; }
    public ImmutableSortedDictionary<string, SimAgent> Agents { get; }
    public IEnumerable<string> TraceLines => _trace ?? Enumerable.Empty<string>();
    /// <summary>Nothing goes wrong from here on.</summary>
    public bool Calm => Spec.Peaceful || Now >= Spec.FaultsForMs;

    /// <summary>Does something later. What happens on a host waits while that host is frozen.</summary>
    public void After(long milliseconds, string? host, Action action) => _events.Enqueue((host, action), (Now + milliseconds, _order++));

    public int Between(int low, int high) => Random.Next(low, high + 1);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public void Note(string who, string what)
    {
        if (_trace is not null)
        {
            _trace.Add($"{Now,6} ms  {who,-3} {what}");
        }
    }

    /// <summary>
    /// What a host takes for the time: each of a site is somewhat or minutes behind the one before, and those of the second site somewhat or an hour.
    /// </summary>
    public long ClockAt(string host)
    {
        var place = Sites.Max(site => site.Group.Members.Keys.ToList().IndexOf(host));
        return Now - (place * (Spec.Seed % 2 == 0 ? 240_000 : 1_700)) - (Sites[0].Group.Members.ContainsKey(host) ? 0 : Spec.Seed % 3 == 0 ? 1_300 : 3_600_000);
    }

    public static ImmutableSortedDictionary<string, int> Names(char first, int count) =>
        Enumerable.Range(0, count).ToImmutableSortedDictionary(i => ((char)(first + i)).ToString(), _ => 100, StringComparer.Ordinal);

    /// <summary>Ends this agent where the run says so, and starts it again somewhat later. True: it has ended.</summary>
    public bool Interrupts(SimAgent agent, string rule, bool after)
    {
        if (!after)
        {
            Link?.Decided.Add(rule);
        }

        if (Link is null || Link.Crashed || Spec.Sites!.Crash is not { } crash || crash.Rule != rule || crash.After != after)
        {
            return false;
        }

        Link.Crashed = true;
        Oath.Fault();
        Note(agent.Name, $"FAULT agent killed {(after ? "after" : "before")} {rule}");
        agent.Crash();
        After(Between(100, 1_500), null, agent.Launch);
        return true;
    }

    /// <summary>Runs to the end: faults, then calm until the group is healthy again. Returns what was violated; null: nothing.</summary>
    public string? Run()
    {
        var fromNothing = Spec.Born ?? Random.Next(8) == 0;
        if (Link is null)
        {
            Birth.Begin(this, fromNothing);
        }
        else
        {
            SiteBirth.Begin(this, fromNothing);
        }

        foreach (var agent in Agents.Values)
        {
            agent.Launch();
        }

        Clients.Begin(this);
        if (!Spec.Peaceful)
        {
            if (Link is null)
            {
                Faults.Begin(this, Spec.FaultsForMs);
            }
            else
            {
                SiteFaults.Begin(this, Spec.FaultsForMs);
            }
        }

        Spec.Script?.Invoke(this);
        while (Oath.Violation is null && _events.TryDequeue(out var next, out var key))
        {
            Now = Math.Max(Now, key.At);
            if (next.Host is { } host && Network.FrozenUntil(host) is var thaw && thaw > Now)
            {
                _events.Enqueue(next, (thaw, key.Order));
                continue;
            }

            next.Do();
            if (Now >= Spec.FaultsForMs && Now >= _lookAgain)
            {
                _lookAgain = HasTwoSites ? Now + 50 : 0;
                if (Oath.Healthy())
                {
                    Oath.CheckAtEnd();
                    break;
                }

                if (Now > Spec.FaultsForMs + Spec.HealthyWithinMs)
                {
                    Oath.Break(5, $"not healthy {Spec.HealthyWithinMs} ms after the last fault: {Oath.WhyNotHealthy()}");
                }
            }
        }

        return Oath.Violation;
    }
}
