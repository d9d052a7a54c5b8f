using System.Net;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>The newest heartbeat of a peer, and when (monotonic timestamp of the <see cref="TimeProvider"/>) it came in.</summary>
public sealed record PeerObservation(Heartbeat Heartbeat, long ReceivedAt);

/// <summary>What became of a heartbeat that was authentic and ours.</summary>
internal enum Arrival { Old, Taken, Changed }

/// <summary>One peer: where it is and what was last heard. Written by the receiving thread only; read by all.</summary>
/// <param name="isRemote">It is a member of another site.</param>
internal sealed class PeerInbox(MemberSpec peer, bool isRemote)
{
    private const int RememberedIncarnations = 64;
    /// <summary>So many in a row, and none of the present incarnation between them, bring a retired one back.</summary>
    private const int Returning = 5;
    private readonly Dictionary<string, long> _retired = new(StringComparer.Ordinal);
    private readonly Queue<string> _retiredInOrder = new();
    private (string Incarnation, int Times) _returning = ("", 0);
    private readonly Lock _measuring = new();
    private readonly RoundTrips _trips = new();
    private volatile PeerObservation? _latest;
    private volatile SocketAddress? _address;

    public string Name => peer.Name;
    public bool IsRemote => isRemote;
    public Endpoint Endpoint => peer.Agent;
    public PeerObservation? Latest => _latest;

    /// <summary>How long nothing has come from it, as far as this host knows; null: nothing heard from it yet.</summary>
    public TimeSpan? SilentFor(TimeProvider time) =>
        _latest is { } latest ? time.GetElapsedTime(latest.ReceivedAt, Math.Max(time.GetTimestamp(), latest.ReceivedAt)) : null;

    /// <summary>Null: the name has not been resolved yet.</summary>
    public SocketAddress? Address
    {
        get => _address;
        set => _address = value;
    }

    /// <summary>The way to it and back; null: not measured, as with members of our own site.</summary>
    public TimeSpan? RoundTrip
    {
        get
        {
            lock (_measuring)
            {
                return _trips.Smoothed;
            }
        }
    }

    /// <summary>What goes to this peer now: to another site with an echo, from which the peer measures.</summary>
    public Heartbeat WithEcho(Heartbeat heartbeat, TimeProvider time)
    {
        var now = time.GetTimestamp();
        lock (_measuring)
        {
            _trips.Sent(heartbeat.Incarnation, heartbeat.Sequence, now);
        }

        return _latest is not { } heard
            ? heartbeat
            : heartbeat with
            {
                Echo = new HeartbeatEcho(
                    heard.Heartbeat.Incarnation, heard.Heartbeat.Sequence, (long)time.GetElapsedTime(heard.ReceivedAt, now).TotalMicroseconds),
            };
    }

    public void Measure(HeartbeatEcho echo, long receivedAt, TimeProvider time)
    {
        lock (_measuring)
        {
            _trips.Returned(echo, receivedAt, time);
        }
    }

    public Arrival Take(Heartbeat heartbeat, long receivedAt)
    {
        var before = _latest?.Heartbeat;
        if (before is null || before.Incarnation != heartbeat.Incarnation)
        {
            // A late or recorded datagram of an earlier start must not bring that start back to life.
            if (_retired.TryGetValue(heartbeat.Incarnation, out var highest) && !Returns(heartbeat, highest))
            {
                return Arrival.Old;
            }

            Retire(before);
        }
        else if (heartbeat.Sequence <= before.Sequence)
        {
            return Arrival.Old;
        }

        _returning = ("", 0);

        _latest = new PeerObservation(heartbeat, receivedAt);
        return before is null || Matters(before, heartbeat) ? Arrival.Changed : Arrival.Taken;
    }

    private static bool Matters(Heartbeat before, Heartbeat now) =>
        before.Incarnation != now.Incarnation || before.HandsOverEpoch != now.HandsOverEpoch || before.SuspectsEpoch != now.SuspectsEpoch ||
        before.Role != now.Role || before.Process != now.Process || before.Restarting != now.Restarting ||
        (before.DeafMilliseconds > 0) != (now.DeafMilliseconds > 0);

    /// <summary>
    /// The last datagram of an earlier start may come after the first of the present one, to an agent that has heard neither before: then it was the
    /// living one that was retired, and the peer would be taken for silent for ever. It shows by going on alone, with sequences not heard before.
    /// </summary>
    private bool Returns(Heartbeat heartbeat, long highest)
    {
        if (heartbeat.Sequence <= highest)
        {
            return false;
        }

        _retired[heartbeat.Incarnation] = heartbeat.Sequence;
        _returning = (heartbeat.Incarnation, _returning.Incarnation == heartbeat.Incarnation ? _returning.Times + 1 : 1);
        return _returning.Times >= Returning;
    }

    private void Retire(Heartbeat? heartbeat)
    {
        if (heartbeat is null)
        {
            return;
        }

        if (!_retired.ContainsKey(heartbeat.Incarnation))
        {
            _retiredInOrder.Enqueue(heartbeat.Incarnation);
        }

        _retired[heartbeat.Incarnation] = heartbeat.Sequence;
        if (_retiredInOrder.Count > RememberedIncarnations)
        {
            _retired.Remove(_retiredInOrder.Dequeue());
        }
    }
}
