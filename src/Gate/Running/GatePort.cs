using System.Net;
using System.Net.Sockets;
using Holdfast.Agent.Logging;
using Holdfast.Core.Topology;
using Holdfast.Gate.Forwarding;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Running;

/// <summary>What a port has done so far.</summary>
internal sealed class PortCounters
{
    public long Accepted, Forwarded, Cut, HoldExpired, Gone, Refused, NotAccepted;
}

/// <summary>
/// One listening port of a store: accepts, holds clients while nobody takes them, and hands them to a worker. A client that is held costs a
/// socket and a place in a list.
/// </summary>
internal sealed class GatePort : ILinkOwner, IAcceptor, IDisposable
{
    /// <summary>A member that refused is tried again after so long.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(20);
    private const int Backlog = 1024;

    private readonly GateSpec _gate;
    private readonly EventLog _log;
    private readonly TimeProvider _time;
    private readonly Worker[] _workers;
    private readonly Func<Target, IPEndPoint?> _addressOf;
    private readonly Socket _listener;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private Kernel.Peer[] _peers = [];
    private readonly Dictionary<string, int> _perMember = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _avoid = new(StringComparer.Ordinal);
    private IReadOnlyList<Target> _admits = [];
    private string _reason = "nothing has been read yet";
    private int _links;
    private int _turn;
    private bool _accepting, _closed;
    private long _shortages;
    private int _short;

    /// <exception cref="SocketException">It cannot listen there.</exception>
    public GatePort(
        string store, string name, IPEndPoint address, GateSpec gate, Worker[] workers, Func<Target, IPEndPoint?> addressOf, EventLog log, TimeProvider time)
    {
        (Store, Name, _gate, _workers, _addressOf, _log, _time) = (store, name, gate, workers, addressOf, log, time);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            // Accepted sockets inherit them.
            Kernel.SetOptions((int)_listener.Handle);
            _listener.Bind(address);
            _listener.Listen(Backlog);
            _listener.Blocking = false;
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }
    }

    public string Store { get; }
    /// <summary>read-write or read-only.</summary>
    public string Name { get; }
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;
    public PortCounters Counters { get; } = new();

    /// <summary>Connections that are forwarded or being made, and those that wait.</summary>
    public (int Links, int Waiting) Count
    {
        get
        {
            lock (_lock)
            {
                return (_links, _waiting.Count);
            }
        }
    }

    /// <summary>Connections to each member.</summary>
    public IReadOnlyDictionary<string, int> PerMember
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, int>(_perMember, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Accepts from now on, until <see cref="Close"/>.</summary>
    public void Start()
    {
        foreach (var worker in _workers)
        {
            worker.Accept((int)_listener.Handle, this);
        }

        _accepting = true;
    }

    /// <summary>New connections go to these from now on, and those that wait are sent there.</summary>
    /// <param name="keeps">Which links may go on; the others are closed before anything more passes.</param>
    public void Follow(IReadOnlyList<Target> admits, Func<Target, bool> keeps, bool recut, string reason)
    {
        lock (_lock)
        {
            (_admits, _reason) = (admits, reason);
            if (recut)
            {
                foreach (var worker in _workers)
                {
                    worker.Cut(link => link.Owner == this && !keeps(link.Target));
                }
            }
        }

        Tick();
    }

    /// <summary>Sends on who can be sent on, and closes who has gone or waited too long. Returns whether anybody still waits.</summary>
    public bool Tick()
    {
        if (Interlocked.Exchange(ref _short, 0) == 1)
        {
            foreach (var worker in _workers)
            {
                worker.Resume((int)_listener.Handle);
            }
        }

        lock (_lock)
        {
            DropGone();
            var now = _time.GetTimestamp();
            for (var index = 0; index < _waiting.Count; index++)
            {
                var waiter = _waiting[index];
                if (_time.GetElapsedTime(waiter.Since, now) >= _gate.Hold)
                {
                    _waiting.RemoveAt(index--);
                    Kernel.Close(waiter.Client);
                    Interlocked.Increment(ref Counters.HoldExpired);
                    _log.Warning("hold", $"{Store}: a client at the {Name} port waited {_gate.Hold.TotalSeconds:0.#} s in vain: {_reason}");
                }
                else if (now >= waiter.NotBefore && Choose(now) is { } choice)
                {
                    _waiting.RemoveAt(index--);
                    Send(waiter, choice.Target, choice.Address, _workers.MinBy(worker => worker.Count)!);
                }
            }

            return _waiting.Count > 0;
        }
    }

    /// <summary>
    /// Those who wait and have hung up, for they would be let loose on the new primary all at once. Nobody reads from them meanwhile, so one
    /// that only says no more cannot be told from one that has gone: it counts as gone.
    /// </summary>
    private void DropGone()
    {
        if (_peers.Length < _waiting.Count)
        {
            _peers = new Kernel.Peer[Math.Max(_waiting.Count, 2 * _peers.Length)];
        }

        for (var index = 0; index < _waiting.Count; index++)
        {
            _peers[index] = new Kernel.Peer(_waiting[index].Client);
        }

        if (_waiting.Count == 0 || Kernel.FindGone(_peers.AsSpan(0, _waiting.Count)) == 0)
        {
            return;
        }

        for (var index = _waiting.Count - 1; index >= 0; index--)
        {
            if (_peers[index].IsGone)
            {
                Kernel.Close(_waiting[index].Client);
                _waiting.RemoveAt(index);
                Interlocked.Increment(ref Counters.Gone);
            }
        }
    }

    void ILinkOwner.Connected(Link link)
    {
        Interlocked.Increment(ref Counters.Forwarded);
        if (_time.GetElapsedTime(link.Since) is { TotalMilliseconds: > 100 } held)
        {
            _log.Info("held", $"{Store}: a client at the {Name} port was held", ("ms", (long)held.TotalMilliseconds), ("to", link.Target.Member));
        }
    }

    void ILinkOwner.Ended(Link link, LinkEnd end, int error)
    {
        lock (_lock)
        {
            _links--;
            _perMember[link.Target.Member]--;
            var now = _time.GetTimestamp();
            switch (end)
            {
                case LinkEnd.Cut:
                    Counters.Cut++;
                    break;
                case LinkEnd.NotAccepted:
                    Counters.NotAccepted++;
                    _avoid[link.Target.Member] = now + Ticks(RetryAfter);
                    TakeBack(link, notBefore: now + Ticks(RetryAfter));
                    break;
                case LinkEnd.Recalled:
                    TakeBack(link, notBefore: now); // That says nothing about its member, which is not avoided.
                    break;
                default:
                    break;
            }
        }
    }

    private void TakeBack(Link link, long notBefore)
    {
        if (_closed)
        {
            Kernel.Close(link.Client);
        }
        else
        {
            _waiting.Add(new Waiter(link.Client, link.Since, notBefore));
        }
    }

    /// <summary>No new ones, and those that wait are closed.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            foreach (var waiter in _waiting)
            {
                Kernel.Close(waiter.Client);
            }

            _waiting.Clear();
        }

        // Outside of the lock: a worker may be on its way into it.
        if (_accepting)
        {
            foreach (var worker in _workers)
            {
                worker.Ignore((int)_listener.Handle);
            }
        }

        _listener.Dispose();
    }

    public void Dispose() => Close();

    void IAcceptor.Accepted(int client, Worker worker)
    {
        lock (_lock)
        {
            if (_closed || _links + _waiting.Count >= _gate.MaxConnections)
            {
                Kernel.Close(client);
                if (!_closed && Counters.Refused++ % 100 == 0)
                {
                    _log.Warning("refused", $"{Store}'s {Name} port has {_gate.MaxConnections} connections (max-connections): more are refused");
                }

                return;
            }

            Counters.Accepted++;
            var now = _time.GetTimestamp();
            var waiter = new Waiter(client, now, now);
            if (Choose(now) is { } choice)
            {
                Send(waiter, choice.Target, choice.Address, worker);
            }
            else
            {
                _waiting.Add(waiter);
            }
        }
    }

    void IAcceptor.CannotAccept(int error)
    {
        Volatile.Write(ref _short, 1);
        if (Interlocked.Increment(ref _shortages) % 600 == 1)
        {
            _log.Error("accept", $"{Store}'s {Name} port cannot accept (error {error}): raise the limit of open files (LimitNOFILE), or lower max-connections");
        }
    }

    /// <summary>Of those that admit, the one with the fewest connections; ties go round.</summary>
    private (Target Target, IPEndPoint Address)? Choose(long now)
    {
        (Target, IPEndPoint)? best = null;
        var fewest = int.MaxValue;
        _turn++;
        for (var index = 0; index < _admits.Count; index++)
        {
            var target = _admits[(index + _turn) % _admits.Count];
            var count = _perMember.GetValueOrDefault(target.Member);
            if (count < fewest && !(_avoid.TryGetValue(target.Member, out var until) && now < until) && _addressOf(target) is { } address)
            {
                (best, fewest) = ((target, address), count);
            }
        }

        return best;
    }

    private void Send(Waiter waiter, Target target, IPEndPoint address, Worker worker)
    {
        _links++;
        _perMember[target.Member] = _perMember.GetValueOrDefault(target.Member) + 1;
        worker.Begin(new Link(waiter.Client, target, address, waiter.Since, this));
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    /// <param name="Since">When the client came.</param>
    /// <param name="NotBefore">It is not sent on before.</param>
    private sealed record Waiter(int Client, long Since, long NotBefore);
}
