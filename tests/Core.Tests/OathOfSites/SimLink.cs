using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>What there is only with two sites: the global scope, and what the store declares about its sites.</summary>
internal sealed class SimLink
{
    public const string GlobalHost = "global";
    public const string First = "fra";
    public const string Second = "ber";
    private readonly World _world;
    private readonly bool _separate;
    private readonly int _secondCount;
    private long _leases;

    public SimLink(World world, SitesSpec spec)
    {
        _world = world;
        var random = world.Random;
        var isolation = random.Next(3) == 0 ? IsolationPolicy.Continue : IsolationPolicy.Fence;
        var failover = random.Next(3) == 0 ? SiteFailoverPolicy.Manual : SiteFailoverPolicy.Automatic;
        _separate = random.Next(2) == 0;
        _secondCount = world.Spec.Members ?? random.Next(2, 4);
        LyingOperator = random.Next(10) == 0;
        _separate = spec.Separate ?? _separate;
        Policy = new SitePolicy
        {
            Mine = First,
            Other = Second,
            First = First,
            Isolation = spec.Isolation ?? isolation,
            Failover = spec.Failover ?? failover,
            Rpo = TimeSpan.FromSeconds(random.Next(2, 8)),
            Lease = world.Group.Timing.SiteLease,
            HookBefore = random.Next(4) == 0,
            HookAfter = random.Next(4) == 0,
        };
        Global = new GlobalScope(world, _separate ? GlobalHost : Network.Coordination, (long)Policy.Lease.TotalMilliseconds);
    }

    /// <summary>As the first site sees it.</summary>
    public SitePolicy Policy { get; }
    public GlobalScope Global { get; }
    /// <summary>Says that a site has been stopped when it has not.</summary>
    public bool LyingOperator { get; }
    public long NextLease() => ++_leases;

    /// <summary>Every rule and duty that has decided something; of a duty of a move, with its step.</summary>
    public HashSet<string> Decided { get; } = new(StringComparer.Ordinal);

    /// <summary>The agent that the run was to end has been ended.</summary>
    public bool Crashed { get; set; }

    public IEnumerable<string> Clusters => _separate
        ? [GlobalHost, Local(First), Local(Second)]
        : [Network.Coordination];

    public SitePolicy PolicyOf(string site) => site == First ? Policy : Policy with { Mine = Second, Other = First };

    public ImmutableArray<SimSite> Build()
    {
        var first = _world.Group with { Members = World.Names('a', Math.Min(3, _world.Group.Members.Count)), Acks = 1 };
        var second = first with { Site = Second, Members = World.Names('x', _secondCount) };
        return [new SimSite(_world, first, Local(First)), new SimSite(_world, second, Local(Second))];
    }

    private string Local(string site) => _separate ? $"{Network.Coordination}@{site}" : Network.Coordination;
}
