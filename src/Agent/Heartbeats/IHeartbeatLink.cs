namespace Holdfast.Agent.Heartbeats;

/// <summary>Heartbeats to and from the other members of a store.</summary>
internal interface IHeartbeatLink : IDisposable
{
    /// <summary>Raised with the peer's name, for a change that matters at once. Handlers must be quick.</summary>
    event Action<string>? Received;

    void Start();

    /// <summary>Sends to all peers. Never blocks, never throws for an unreachable peer.</summary>
    void Send(Heartbeat heartbeat);

    /// <summary>Null: nothing heard from it yet, or it is not a peer.</summary>
    PeerObservation? Latest(string member);

    /// <summary>How long nothing has come from it, as far as this host knows; null: nothing heard from it yet, or it is not a peer.</summary>
    TimeSpan? SilentFor(string member);

    /// <summary>The way to a member of another site and back; null: not measured yet, not a peer, or a member of our own site.</summary>
    TimeSpan? RttTo(string member);
}
