using System.Collections.Immutable;
using Holdfast.Agent.Logging;
using Holdfast.Core.Topology;
using Holdfast.Gate.Following;
using Holdfast.Gate.Forwarding;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Running;

/// <summary>
/// The gate of one store: looks whenever something has changed, lets <see cref="Router"/> decide, and tells the ports. A look is made on the
/// thread that brought the news, before anything else happens there; and by <see cref="Lookout"/>, for what is known grows old by itself.
/// </summary>
internal sealed class StoreGate
{
    /// <summary>A look that comes so late means that this process stood still.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    private readonly StoreSpec _store;
    private readonly EventLog _log;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KnownPrimary> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _fitAt = new(StringComparer.Ordinal);
    private KnownSite? _newestSite;
    private GateRoutes _routes = GateRoutes.None;
    private long _looked;

    public StoreGate(StoreSpec store, EventLog log, TimeProvider time)
    {
        (_store, _log, _time) = (store, log, time);
        _looked = time.GetTimestamp();
    }

    public string Name => _store.Name;
    public required ImmutableSortedDictionary<string, RecordFollower> Records { get; init; }
    /// <summary>Null: one site.</summary>
    public required SiteFollower? Site { get; init; }
    public required ImmutableArray<AgentFollower> Agents { get; init; }
    public required GatePort ReadWrite { get; init; }
    public required GatePort ReadOnly { get; init; }

    public GateRoutes Routes => Volatile.Read(ref _routes);

    /// <summary>Sends on who can be sent on. Returns whether anybody still waits.</summary>
    public bool Tick() => ReadWrite.Tick() | ReadOnly.Tick();

    /// <summary>Looks, decides and carries out. Any thread.</summary>
    public void Look()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_looked) > Late)
            {
                _log.Warning("late", $"this gate stood still for {_time.GetElapsedTime(_looked).TotalSeconds:0.0} s: what etcd said before does not count");
                foreach (var record in Records.Values)
                {
                    record.Freshness.StoodStill();
                }

                Site?.Freshness.StoodStill();
            }

            _looked = _time.GetTimestamp();
            var view = View();
            Remember(view);
            var routes = Router.Decide(view);
            NoteFit(routes.ReadOnly);
            Follow(routes);
        }
    }

    private GateView View() => new()
    {
        Gate = _store.Gate,
        Members = Agents.ToImmutableSortedDictionary(
            agent => agent.Member.Name,
            agent => new MemberSeen
            {
                Name = agent.Member.Name,
                Site = agent.Member.Site,
                Report = agent.Report,
                Age = agent.Age,
                UnfitFor = _fitAt.TryGetValue(agent.Member.Name, out var at) ? _time.GetElapsedTime(at) : TimeSpan.MaxValue,
            },
            StringComparer.Ordinal),
        Groups = Records.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Look(_newest.GetValueOrDefault(pair.Key)), StringComparer.Ordinal),
        Global = Site?.Look(_newestSite),
    };

    /// <summary>What has been seen once is never gone back behind.</summary>
    private void Remember(GateView view)
    {
        foreach (var site in view.Groups.Keys)
        {
            if (Router.NewestOf(view, site) is { } newest)
            {
                _newest[site] = newest;
            }
        }

        _newestSite = Router.NewestSite(view);
    }

    private void NoteFit(ReadOnlyRoute route)
    {
        foreach (var fit in route.Fit)
        {
            _fitAt[fit.Member] = _looked;
        }
    }

    private void Follow(GateRoutes routes)
    {
        var before = _routes;
        Volatile.Write(ref _routes, routes);
        var (write, read) = (routes.ReadWrite, routes.ReadOnly);
        var moved = before.ReadWrite.Current != write.Current;
        if (before.ReadWrite != write)
        {
            ReadWrite.Follow(
                write is { Admits: true, Current: { } current } ? [current] : [], target => target == write.Current, moved, write.Reason);
            Tell(before.ReadWrite, write);
        }

        if (before.ReadOnly != read || moved)
        {
            ReadOnly.Follow(
                read.Admits, target => target == write.Current || read.Keeps.Any(kept => kept.Member == target.Member), recut: true, read.Reason);
            if (before.ReadOnly.Reason != read.Reason)
            {
                _log.Info("read-only", $"{_store.Name}: {read.Reason}", ("to", string.Join(",", read.Admits.Select(target => target.Member))));
            }
        }
    }

    private void Tell(ReadWriteRoute before, ReadWriteRoute now)
    {
        if ((before.Current, before.Admits, before.Rule) == (now.Current, now.Admits, now.Rule))
        {
            return;
        }

        _log.Write(
            now.Admits || before.Rule == "start" ? EventLevel.Info : EventLevel.Warning, "read-write", $"{_store.Name}: {now.Reason}",
            ("rule", now.Rule), ("primary", now.Current?.Member), ("epoch", now.Current?.Epoch), ("admits", now.Admits ? "yes" : "no"));
    }
}
