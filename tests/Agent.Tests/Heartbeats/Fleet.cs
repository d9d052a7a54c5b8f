using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Holdfast.Agent.Heartbeats;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Heartbeats;

/// <summary>Specs of a small group on free loopback ports, and heartbeats of its members.</summary>
internal static class Fleet
{
    public static SystemSpec System(string? token = "a token of the test", string name = "grid", params ReadOnlySpan<(string Name, int Port)> members)
    {
        var store = new StoreSpec
        {
            Name = "orders",
            Kind = "none",
            Engine = new NoEngine(),
            Members = members.ToArray().ToImmutableSortedDictionary(
                member => member.Name,
                member => new MemberSpec
                {
                    Name = member.Name,
                    Site = "fra",
                    Address = new Endpoint("127.0.0.1", 1),
                    Agent = new Endpoint("127.0.0.1", member.Port),
                    Data = "/nonexistent",
                }),
        };
        return new SystemSpec
        {
            Name = name,
            Coordination = new CoordinationSpec { Endpoints = [new Uri("http://127.0.0.1:1")] },
            Security = new SecuritySpec { Token = token is null ? null : new Secret(token) },
            Sites = ImmutableDictionary<string, SiteSpec>.Empty.Add("fra", new SiteSpec("fra")),
            Stores = ImmutableDictionary<string, StoreSpec>.Empty.Add("orders", store),
        };
    }

    /// <summary>The same with these members at another site.</summary>
    public static SystemSpec Elsewhere(SystemSpec system, params string[] names)
    {
        var store = system.Stores["orders"];
        var moved = names.Select(name => KeyValuePair.Create(name, store.Members[name] with { Site = "ber" }));
        return system with { Stores = system.Stores.SetItem("orders", store with { Members = store.Members.SetItems(moved) }) };
    }

    public static HeartbeatLink Link(SystemSpec system, string self, TimeProvider? time = null)
    {
        var store = system.Stores["orders"];
        var link = new HeartbeatLink(system, store, store.Members[self], [.. store.Members.Values], time ?? TimeProvider.System);
        link.Start();
        return link;
    }

    public static Heartbeat Beat(string member, long sequence, string incarnation = "first", string system = "grid") => new()
    {
        System = system,
        Store = "orders",
        Member = member,
        Incarnation = incarnation,
        Sequence = sequence,
        Epoch = 7,
        Data = DataState.Present,
        Process = ProcessState.Running,
        Role = MemberRole.Standby,
        Position = new LogPosition(3, Lsn.Parse("16/B374D848")),
        Streaming = true,
        Job = "cloning: 12 % „quoted“",
    };

    public static Socket Udp()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    public static int FreePort()
    {
        using var socket = Udp();
        return Port(socket);
    }

    public static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private sealed record NoEngine : EngineSpec;
}
