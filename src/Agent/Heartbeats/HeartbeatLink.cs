using System.Net.Sockets;
using Holdfast.Agent.Logging;
using Holdfast.Core;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>
/// Heartbeats to and from the other members of a store, at every site, by authenticated datagrams on the agent's port number (UDP).
/// It receives on a thread of its own, so that neither a starved thread pool nor a busy main loop makes a living peer look silent.
/// </summary>
/// <remarks>
/// Within one run of this agent nothing is taken twice: sequences rise within an incarnation, and an incarnation that was followed by
/// another comes back only when it goes on alone, with sequences that were not heard before. After a restart a recorded datagram could be
/// taken once more; heartbeats are evidence only, and nobody is elected on them.
/// </remarks>
public sealed class HeartbeatLink : IHeartbeatLink
{
    private static readonly TimeSpan ReceiveSlice = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ResolveAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ResolveSoon = TimeSpan.FromSeconds(1);
    private readonly SystemSpec _system;
    private readonly StoreSpec _store;
    private readonly MemberSpec _self;
    private readonly Dictionary<string, PeerInbox> _peers;
    private readonly TimeProvider _time;
    private readonly EventLog? _log;
    private readonly HeartbeatCodec _codec;
    private readonly HeartbeatTally _tally = new();
    private readonly ManualResetEventSlim _stopped = new();
    private readonly List<Thread> _threads = [];
    private Socket? _listener;
    private Socket? _sender;

    public HeartbeatLink(
        SystemSpec system, StoreSpec store, MemberSpec self, IReadOnlyList<MemberSpec> peers, TimeProvider time, EventLog? log = null)
    {
        _system = system;
        _store = store;
        _self = self;
        _peers = peers.Where(peer => peer.Name != self.Name).ToDictionary(
            peer => peer.Name, peer => new PeerInbox(peer, peer.Site != self.Site), StringComparer.Ordinal);
        _time = time;
        _log = log;
        _codec = HeartbeatCodec.For(system, store);
    }

    /// <summary>Raised on the receiving thread with the peer's name, for a change that matters at once. Handlers must be quick.</summary>
    public event Action<string>? Received;

    /// <summary>Datagrams since the start.</summary>
    public HeartbeatCounters Counters => _tally.Read();

    /// <summary>Binds the port and starts to listen.</summary>
    /// <exception cref="SocketException">The port is taken, or the address is not this host's.</exception>
    public void Start()
    {
        Invariant.Check(_listener is null, "a heartbeat link is started once");
        _listener = HeartbeatSockets.Listen(_self.Agent);
        _sender = HeartbeatSockets.Send();
        foreach (var peer in _peers.Values.Where(peer => HeartbeatSockets.Literal(peer.Endpoint) is not null))
        {
            peer.Address = HeartbeatSockets.For(_sender, HeartbeatSockets.Literal(peer.Endpoint)!, peer.Endpoint.Port);
        }

        Run("holdfast-heard", Receive);
        if (_peers.Values.Any(peer => peer.Address is null))
        {
            Run("holdfast-names", ResolveNames);
        }
    }

    /// <summary>Sends to all peers. Fills nothing in itself, never blocks, never throws for an unreachable peer.</summary>
    public void Send(Heartbeat heartbeat)
    {
        Invariant.Check(_sender is not null, "a heartbeat link is started before it sends");
        var shared = _codec.Encode(heartbeat);
        foreach (var peer in _peers.Values)
        {
            var datagram = peer.IsRemote ? _codec.Encode(peer.WithEcho(heartbeat, _time)) : shared;
            if (datagram is not null && TrySend(datagram, peer))
            {
                _tally.Sent();
            }
            else
            {
                _tally.Unsent();
            }
        }
    }

    /// <summary>Null: nothing heard from it yet, or it is not a peer.</summary>
    public PeerObservation? Latest(string member) => _peers.TryGetValue(member, out var peer) ? peer.Latest : null;

    /// <summary>How long nothing has come from it, as far as this host knows; null: nothing heard from it yet, or it is not a peer.</summary>
    public TimeSpan? SilentFor(string member) => _peers.GetValueOrDefault(member)?.SilentFor(_time);

    /// <summary>
    /// The way to a member of another site and back, between the agents, smoothed; of the last that was measured, however long it has been silent.
    /// Null: not measured yet, not a peer, or a member of our own site.
    /// </summary>
    public TimeSpan? RttTo(string member) => _peers.TryGetValue(member, out var peer) ? peer.RoundTrip : null;

    public void Dispose()
    {
        _stopped.Set();
        foreach (var thread in _threads.Where(thread => thread != Thread.CurrentThread))
        {
            // The thread that looks up names may sit in the resolver; it is a background thread and holds nothing that matters.
            thread.Join(ReceiveSlice * 4);
        }

        _listener?.Dispose();
        _sender?.Dispose();
    }

    private bool TrySend(byte[] datagram, PeerInbox peer)
    {
        if (peer.Address is not { } address)
        {
            return false;
        }

        try
        {
            return _sender!.SendTo(datagram, SocketFlags.None, address) == datagram.Length;
        }
        catch (SocketException)
        {
            return false; // No route, a full buffer, a refusal seen earlier: the next heartbeat is soon, and the counter tells.
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private void Receive()
    {
        var buffer = new byte[HeartbeatCodec.MaxBytes + 1];
        var faulty = false;
        while (!_stopped.IsSet)
        {
            try
            {
                if (!_listener!.Poll(ReceiveSlice, SelectMode.SelectRead))
                {
                    continue;
                }

                var length = _listener.Receive(buffer, SocketFlags.None);
                Take(buffer.AsSpan(0, length), _time.GetTimestamp());
                faulty = false;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize)
            {
                _tally.Malformed();
            }
            catch (SocketException e)
            {
                if (!faulty)
                {
                    _log?.Warning("heartbeat-fault", $"receiving heartbeats on {_self.Agent} failed: {e.Message}; trying on");
                }

                faulty = true;
                _stopped.Wait(ReceiveSlice);
            }
        }
    }

    private void Take(ReadOnlySpan<byte> datagram, long receivedAt)
    {
        var fault = _codec.Decode(datagram, out var heartbeat);
        if (heartbeat is null)
        {
            (fault == DatagramFault.Forged ? (Action)_tally.Forged : _tally.Malformed)();
            return;
        }

        if (heartbeat.System != _system.Name || heartbeat.Store != _store.Name || !_peers.TryGetValue(heartbeat.Member, out var peer))
        {
            _tally.Foreign();
            return;
        }

        var arrival = peer.Take(heartbeat, receivedAt);
        (arrival == Arrival.Old ? (Action)_tally.Old : _tally.Taken)();
        if (arrival != Arrival.Old && peer.IsRemote && heartbeat.Echo is { } echo)
        {
            peer.Measure(echo, receivedAt, _time);
        }

        if (arrival == Arrival.Changed)
        {
            Received?.Invoke(peer.Name);
        }
    }

    private void ResolveNames()
    {
        do
        {
            foreach (var peer in _peers.Values.Where(peer => HeartbeatSockets.Literal(peer.Endpoint) is null))
            {
                // A name that stops resolving keeps its last address: the peer is more likely there than nowhere.
                if (HeartbeatSockets.Resolve(peer.Endpoint) is { } address)
                {
                    peer.Address = HeartbeatSockets.For(_sender!, address, peer.Endpoint.Port);
                }
            }
        }
        while (!_stopped.Wait(_peers.Values.Any(peer => peer.Address is null) ? ResolveSoon : ResolveAgain));
    }

    private void Run(string name, ThreadStart body)
    {
        var thread = new Thread(body) { Name = name, IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }
}
