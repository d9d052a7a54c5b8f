using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Holdfast.Agent.Api;
using Holdfast.Core;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Api;

/// <summary>A system of one store with three members, for tests of the API and of the command.</summary>
public static class SampleGroup
{
    public static readonly ImmutableArray<string> Names = ["orders-fra-1", "orders-fra-2", "orders-fra-3"];

    private sealed record NoEngine : EngineSpec;

    /// <param name="agentHost">Where the agents listen; ports are free ones of this moment.</param>
    public static SystemSpec System(string? token = null, string agentHost = "127.0.0.1", string? certificate = null, string? key = null, string? ca = null)
    {
        var ports = FreePorts(Names.Length);
        var members = Names.Select((name, at) => new MemberSpec
        {
            Name = name,
            Site = "fra",
            Address = new Endpoint("127.0.0.1", 5433 + at),
            Agent = new Endpoint(agentHost, ports[at]),
            Data = $"/var/lib/holdfast/{name}",
        });
        var store = new StoreSpec
        {
            Name = "orders",
            Kind = "postgresql",
            Engine = new NoEngine(),
            Members = members.ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
        };
        return new SystemSpec
        {
            Name = "grid-control",
            Coordination = new CoordinationSpec { Endpoints = [new Uri("http://127.0.0.1:2379")] },
            Security = new SecuritySpec
            {
                Token = token is null ? null : new Secret(token),
                TlsCertificateFile = certificate,
                TlsKeyFile = key,
                TlsCaFile = ca,
            },
            Sites = ImmutableDictionary<string, SiteSpec>.Empty.Add("fra", new SiteSpec("fra")),
            Stores = ImmutableDictionary<string, StoreSpec>.Empty.Add("orders", store),
        };
    }

    /// <summary>The first member is primary, the second a candidate, the third streams without counting; all is well.</summary>
    public static GroupStatus Status(string seenBy) => new()
    {
        System = "grid-control",
        Store = "orders",
        Site = "fra",
        Member = seenBy,
        Epoch = 7,
        Primary = Names[0],
        Mode = "zero-loss",
        Candidates = [Names[1]],
        Acks = 1,
        CoordinationReachable = true,
        SafeToLoseHost = true,
        Safety = "orders-fra-2 holds every acknowledged commit",
        Rule = "P1",
        Reason = "all is well",
        Members =
        [
            Member(0) with { Role = "primary", State = "running" },
            Member(1) with { LagBytes = 0, Candidate = true },
            Member(2) with { LagBytes = 2048 },
        ],
    };

    public static GroupStatus With(this GroupStatus status, string member, Func<MemberStatus, MemberStatus> change) =>
        status with { Members = [.. status.Members.Select(one => one.Name == member ? change(one) : one)] };

    public static FakeControl Control(SystemSpec system, string member)
    {
        var (store, spec) = system.FindMember(member)!.Value;
        return new FakeControl(system, store, spec, Status(member));
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }

    private static MemberStatus Member(int at) => new()
    {
        Name = Names[at],
        Address = $"127.0.0.1:{5433 + at}",
        Agent = $"127.0.0.1:{8008 + at}",
        Reachable = true,
        Healthy = true,
        Role = "standby",
        State = "streaming",
        Timeline = 3,
        Lsn = "0/5000148",
    };
}
