using System.Collections.Immutable;
using Holdfast.Core.Topology;

namespace Holdfast.Simulation;

/// <summary>What the file of the simulated system would say.</summary>
internal static class SimStore
{
    public const string First = "fra";
    public const string Second = "ber";
    public const string Witness = "muc";

    private static readonly TimingSpec Timing = new()
    {
        CandidateLostAfter = TimeSpan.FromMilliseconds(1200),
        Lease = TimeSpan.FromSeconds(2),
        StaleReadLimit = TimeSpan.FromSeconds(3),
        HandOver = TimeSpan.FromMilliseconds(1500),
        SiteLease = TimeSpan.FromSeconds(2),
        Switchover = TimeSpan.FromSeconds(8),
    };

    public static StoreSpec Of(Scenario scenario)
    {
        var members = Members(First, 'a', scenario.Members);
        var store = new StoreSpec
        {
            Name = "orders",
            Kind = "simulated",
            HostLoss = new ObjectiveSpec(scenario.ZeroLoss ? TimeSpan.Zero : TimeSpan.FromMilliseconds(scenario.HostRpoMs), TimeSpan.FromSeconds(1)),
            Unprotected = scenario.Stalls ? UnprotectedPolicy.Stall : UnprotectedPolicy.Allow,
            Acknowledgements = scenario.Acks,
            Timing = Timing,
            Engine = new SimulatedEngine(),
            Members = members.ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
        };
        return scenario.Second is not { } second ? store : store with
        {
            Members = store.Members.AddRange(Members(Second, 'x', second.Members).Select(member => KeyValuePair.Create(member.Name, member))),
            PreferredSite = First,
            // One copy alone would wait for ever where the store declares so.
            Unprotected = Math.Min(scenario.Members, second.Members) == 1 ? UnprotectedPolicy.Allow : store.Unprotected,
            SiteLoss = new ObjectiveSpec(TimeSpan.FromMilliseconds(second.RpoMs), TimeSpan.FromMinutes(1)),
            Isolation = second.Isolation,
            SiteFailover = second.Failover,
            BeforeMove = second.HookBefore ? Hook : null,
            AfterMove = second.HookAfter ? Hook : null,
        };
    }

    public static SystemSpec SystemOf(StoreSpec store) => new()
    {
        Name = "sim",
        Coordination = new CoordinationSpec { Endpoints = [] },
        Sites = store.Sites.ToImmutableDictionary(site => site, site => new SiteSpec(site)).Add(Witness, new SiteSpec(Witness, Witness: true)),
        Stores = ImmutableDictionary<string, StoreSpec>.Empty.Add(store.Name, store),
    };

    private static HookSpec Hook => new(["/simulated/hook"], TimeSpan.FromSeconds(5));

    private static IEnumerable<MemberSpec> Members(string site, char first, int count) => Enumerable.Range(0, count).Select(i => new MemberSpec
    {
        Name = ((char)(first + i)).ToString(),
        Site = site,
        Address = new Endpoint("127.0.0.1", 5432),
        Agent = new Endpoint("127.0.0.1", 8008),
        Data = $"/simulated/{(char)(first + i)}",
    });

    private sealed record SimulatedEngine : EngineSpec;
}
