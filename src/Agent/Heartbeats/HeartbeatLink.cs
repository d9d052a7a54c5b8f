using Holdfast.Agent.Logging;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>The newest heartbeat of a peer, and when (monotonic timestamp of the <see cref="TimeProvider"/>) it came in.</summary>
public sealed record PeerObservation(Heartbeat Heartbeat, long ReceivedAt);

/// <summary>Heartbeats to and from the other members of a group, by authenticated datagrams.</summary>
public sealed class HeartbeatLink : IDisposable
{
    public HeartbeatLink(
        SystemSpec system, StoreSpec store, MemberSpec self, IReadOnlyList<MemberSpec> peers, TimeProvider time, EventLog? log = null) =>
        throw new NotSupportedException("shape only");

    /// <summary>Raised on the receiving thread with the peer's name, for a change that matters at once. Handlers must be quick.</summary>
    public event Action<string>? Received;

    /// <summary>Binds the port and starts to listen.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken, or the address is not this host's.</exception>
    public void Start() => Received?.Invoke("");

    /// <summary>Sends to all peers. Fills nothing in itself, never blocks, never throws for an unreachable peer.</summary>
    public void Send(Heartbeat heartbeat) => Received?.Invoke("");

    /// <summary>Null: nothing heard from it yet.</summary>
    public PeerObservation? Latest(string member) => throw new NotSupportedException("shape only");

    public void Dispose() => Received = null;
}
