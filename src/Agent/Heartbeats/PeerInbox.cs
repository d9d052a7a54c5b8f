using System.Net;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>The newest heartbeat of a peer, and when (monotonic timestamp of the <see cref="TimeProvider"/>) it came in.</summary>
public sealed record PeerObservation(Heartbeat Heartbeat, long ReceivedAt);

/// <summary>What became of a heartbeat that was authentic and ours.</summary>
internal enum Arrival { Old, Taken, Changed }

/// <summary>One peer: where it is and what was last heard. Written by the receiving thread only; read by all.</summary>
internal sealed class PeerInbox(MemberSpec peer)
{
    private const int RememberedIncarnations = 64;
    private readonly Queue<string> _retired = new();
    private volatile PeerObservation? _latest;
    private volatile SocketAddress? _address;

    public string Name => peer.Name;
    public Endpoint Endpoint => peer.Agent;
    public PeerObservation? Latest => _latest;

    /// <summary>Null: the name has not been resolved yet.</summary>
    public SocketAddress? Address
    {
        get => _address;
        set => _address = value;
    }

    public Arrival Take(Heartbeat heartbeat, long receivedAt)
    {
        var before = _latest?.Heartbeat;
        if (before is null || before.Incarnation != heartbeat.Incarnation)
        {
            // A late or recorded datagram of an earlier start must not bring that start back to life.
            if (_retired.Contains(heartbeat.Incarnation))
            {
                return Arrival.Old;
            }

            Retire(before?.Incarnation);
        }
        else if (heartbeat.Sequence <= before.Sequence)
        {
            return Arrival.Old;
        }

        _latest = new PeerObservation(heartbeat, receivedAt);
        return before is null || Matters(before, heartbeat) ? Arrival.Changed : Arrival.Taken;
    }

    private static bool Matters(Heartbeat before, Heartbeat now) =>
        before.Incarnation != now.Incarnation || before.HandsOverEpoch != now.HandsOverEpoch || before.SuspectsEpoch != now.SuspectsEpoch ||
        before.Role != now.Role || before.Process != now.Process || before.Restarting != now.Restarting;

    private void Retire(string? incarnation)
    {
        if (incarnation is null)
        {
            return;
        }

        _retired.Enqueue(incarnation);
        if (_retired.Count > RememberedIncarnations)
        {
            _retired.Dequeue();
        }
    }
}
