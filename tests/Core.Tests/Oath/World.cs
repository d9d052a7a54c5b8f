using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
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

    public World(WorldSpec spec)
    {
        Spec = spec;
        Random = new Random(spec.Seed);
        _trace = spec.Trace ? [] : null;
        var count = spec.Members ?? Random.Next(2, 5);
        var names = Enumerable.Range(0, count).Select(i => ((char)('a' + i)).ToString()).ToImmutableArray();
        var zeroLoss = Random.Next(6) != 0 || spec.Script is not null;
        Group = new GroupSpec
        {
            Store = "orders",
            Site = "fra",
            Members = names.ToImmutableSortedDictionary(name => name, _ => 100, StringComparer.Ordinal),
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
                Switchover = TimeSpan.FromSeconds(8),
            },
        };
        Network = new Network();
        Oath = new OathKeeper(this);
        Store = new SimStore(this);
        Servers = names.ToImmutableSortedDictionary(name => name, name => new SimServer(this, name), StringComparer.Ordinal);
        Agents = names.ToImmutableSortedDictionary(name => name, name => new SimAgent(this, name), StringComparer.Ordinal);
    }

    public WorldSpec Spec { get; }
    public GroupSpec Group { get; }
    public Random Random { get; }
    public long Now { get; private set; }
    public Network Network { get; }
    public OathKeeper Oath { get; }
    public SimStore Store { get; }
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

    /// <summary>Runs to the end: faults, then calm until the group is healthy again. Returns what was violated; null: nothing.</summary>
    public string? Run()
    {
        Birth.Begin(this, Spec.Born ?? Random.Next(8) == 0);
        foreach (var agent in Agents.Values)
        {
            agent.Launch();
        }

        Clients.Begin(this);
        if (!Spec.Peaceful)
        {
            Faults.Begin(this, Spec.FaultsForMs);
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
            if (Now >= Spec.FaultsForMs)
            {
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
