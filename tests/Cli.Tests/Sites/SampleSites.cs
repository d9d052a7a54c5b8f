using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>A store with three members at fra, the active site, and two at ber; all is well.</summary>
internal static class SampleSites
{
    public static readonly ImmutableArray<string> Passive = ["orders-ber-1", "orders-ber-2"];

    public static SystemSpec System(IsolationPolicy isolation = IsolationPolicy.Fence, bool hooks = false)
    {
        var system = SampleGroup.System();
        var ports = SampleGroup.FreePorts(Passive.Length);
        var store = system.Stores["orders"];
        var others = Passive.Select((name, at) => new MemberSpec
        {
            Name = name,
            Site = "ber",
            Address = new Endpoint("127.0.0.1", 5443 + at),
            Agent = new Endpoint("127.0.0.1", ports[at]),
            Data = $"/var/lib/holdfast/{name}",
        });
        store = store with
        {
            Isolation = isolation,
            SiteFailover = SiteFailoverPolicy.Automatic,
            PreferredSite = "fra",
            BeforeMove = hooks ? new HookSpec(["/usr/local/bin/drain"], TimeSpan.FromSeconds(20)) : null,
            AfterMove = hooks ? new HookSpec(["/usr/local/bin/dns"], TimeSpan.FromSeconds(30)) : null,
            Members = store.Members.AddRange(others.Select(member => KeyValuePair.Create(member.Name, member))),
        };
        return system with { Sites = system.Sites.Add("ber", new SiteSpec("ber")), Stores = system.Stores.SetItem("orders", store) };
    }

    /// <summary>Beside it two more, each with one member at each site; in the file sessions comes first, then orders, then billing.</summary>
    public static SystemSpec SeveralStores()
    {
        var system = System();
        var ports = SampleGroup.FreePorts(4);
        return system with
        {
            Stores = system.Stores.SetItem("orders", system.Stores["orders"] with { Place = 1 })
                .Add("sessions", Further("sessions", "redis", 0, ports[..2])).Add("billing", Further("billing", "postgresql", 2, ports[2..])),
        };

        StoreSpec Further(string name, string kind, int place, int[] agents) => system.Stores["orders"] with
        {
            Name = name,
            Kind = kind,
            Place = place,
            Members = new[] { "fra", "ber" }.Select((site, at) => new MemberSpec
            {
                Name = $"{name}-{site}-1",
                Site = site,
                Address = new Endpoint("127.0.0.1", 5500 + (10 * place) + at),
                Agent = new Endpoint("127.0.0.1", agents[at]),
                Data = $"/var/lib/holdfast/{name}-{site}-1",
            }).ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
        };
    }

    /// <summary>What the member of the same number and site says, of another store.</summary>
    public static GroupStatus Status(string store, string seenBy)
    {
        var alike = JsonSerializer.Serialize(Status(seenBy.Replace($"{store}-", "orders-", StringComparison.Ordinal)), ApiJson.Default.GroupStatus);
        return JsonSerializer.Deserialize(alike.Replace("orders", store, StringComparison.Ordinal), ApiJson.Default.GroupStatus)!;
    }

    public static GroupStatus Status(string seenBy)
    {
        var passive = Passive.Contains(seenBy);
        return passive ? PassiveStatus(seenBy) : SampleGroup.Status(seenBy) with { Sites = Sites(passive: false) };
    }

    public static SiteStatus Sites(bool passive) => new()
    {
        ActiveSite = "fra",
        SiteEpoch = 1,
        Role = passive ? "passive" : "active",
        Isolation = "fence",
        SiteFailover = "automatic",
        GlobalReachable = true,
        LeaseSite = "fra",
        SafeToLoseSite = true,
        Safety = "ber is 0.2 s behind (RPO 5 s) and takes over by itself",
        RpoSeconds = 5,
        LagSeconds = passive ? 0.3 : 0.2,
        LagBytes = 2048,
        MayLackSeconds = passive ? 0.7 : null,
        Link = passive ? null : new LinkStatus { State = "streaming", To = Passive[0], BacklogBytes = 0, RateBytesPerSecond = 3 << 20, RoundTripMs = 3.14 },
        Groups =
        [
            new SiteGroupStatus
            {
                Site = "ber", Role = "passive", Leader = Passive[0], Epoch = 7, Serving = true, Healthy = true, Lsn = "0/5000100", SilentSeconds = passive ? null : 0.6,
            },
            new SiteGroupStatus
            {
                Site = "fra", Role = "active", Leader = SampleGroup.Names[0], Epoch = 7, Serving = true, Healthy = true, Lsn = "0/5000148", SilentSeconds = passive ? 0.4 : null,
            },
        ],
        Rule = "SITE.steady",
        Reason = "fra is active",
    };

    private static GroupStatus PassiveStatus(string seenBy) => new()
    {
        System = "grid-control",
        Store = "orders",
        Site = "ber",
        Member = seenBy,
        Epoch = 7,
        Primary = Passive[0],
        Mode = "passive",
        CoordinationReachable = true,
        SafeToLoseHost = true,
        Safety = $"passive: another standby of this site leads if {Passive[0]} is lost",
        Sites = Sites(passive: true),
        Members =
        [
            .. Passive.Select((name, at) => new MemberStatus
            {
                Name = name, Address = $"127.0.0.1:{5443 + at}", Agent = "127.0.0.1:1", Reachable = true, Healthy = true, Role = "standby", State = "running",
                Timeline = 3, Lsn = "0/5000100", LagBytes = 0,
            }),
        ],
    };
}
