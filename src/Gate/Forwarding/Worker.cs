using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Holdfast.Gate.Forwarding;

/// <summary>
/// One thread that forwards many connections. It waits in the kernel for any of them, then reads and writes directly: no task, no timer and
/// no memory per connection but what a slow receiver has not taken yet.
/// </summary>
internal sealed unsafe partial class Worker : IDisposable
{
    private const int BufferSize = 128 * 1024;
    private const int MostEvents = 256;
    private const int ConnectTickMs = 50;
    private const ulong BellData = ulong.MaxValue;
    private const ulong ListenerData = 1UL << 62;
    /// <summary>Connections accepted in one turn, so that those that are there already are served meanwhile.</summary>
    private const int AcceptShare = 16;

    private readonly TimeProvider _time;
    private readonly TimeSpan _connectLimit;
    private readonly Lookout _lookout;
    private readonly int _poll = Kernel.NewPoll();
    private readonly int _bell = Kernel.NewBell();
    private readonly byte* _buffer = (byte*)NativeMemory.AlignedAlloc(BufferSize, 4096);
    private readonly byte* _events = (byte*)NativeMemory.Alloc((nuint)Kernel.EventBytes(MostEvents));
    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly List<Link?> _links = [];
    private readonly List<(int Socket, IAcceptor Acceptor)?> _listeners = [];
    private readonly Stack<int> _free = new();
    private readonly List<int> _freed = [];
    private readonly List<Link> _connecting = [];
    private List<Link> _hungry = [], _eating = [];
    private readonly Thread _thread;
    private volatile bool _stop;
    private int _count;
    private long _up, _down;

    public Worker(int number, TimeProvider time, TimeSpan connectLimit, Lookout lookout)
    {
        (_time, _connectLimit, _lookout) = (time, connectLimit, lookout);
        Kernel.Watch(_poll, _bell, Kernel.In, BellData);
        _thread = new Thread(Run) { Name = $"holdfast-gate-{number}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Connections that it has.</summary>
    public int Count => Volatile.Read(ref _count);
    /// <summary>Bytes so far from clients to members.</summary>
    public long BytesUp => Volatile.Read(ref _up);
    public long BytesDown => Volatile.Read(ref _down);

    /// <summary>Connects to the link's member, then forwards. At once when called on the worker's own thread.</summary>
    public void Begin(Link link)
    {
        Interlocked.Increment(ref _count);
        if (Thread.CurrentThread == _thread)
        {
            Open(link);
        }
        else
        {
            Order(() => Open(link));
        }
    }

    /// <summary>Closes all links that match, before anything more is forwarded on them. Returns at once.</summary>
    public void Cut(Func<Link, bool> matches) => Order(() =>
    {
        foreach (var link in _links.OfType<Link>().Where(matches).ToArray())
        {
            End(link, link.Connected ? LinkEnd.Cut : LinkEnd.Recalled, 0);
        }
    });

    /// <summary>Closes all links with a side that owes an answer and has been silent for so long. Returns at once.</summary>
    public void DropVanished(TimeSpan silence) => Order(() =>
    {
        foreach (var link in _links.OfType<Link>().Where(link => link.Connected).ToArray())
        {
            if (Kernel.HasVanished(link.Client, silence) || Kernel.HasVanished(link.Server, silence))
            {
                End(link, LinkEnd.Broken, 0);
            }
        }
    });

    /// <summary>Ends its thread and its connections. It takes orders for all that, which nobody carries out.</summary>
    public void Stop()
    {
        Order(() => _stop = true);
        _thread.Join();
    }

    /// <summary>Nobody may order anything from here on: other workers, which may look and then cut here, have been stopped before.</summary>
    public void Dispose()
    {
        Stop();
        Kernel.Close(_poll);
        Kernel.Close(_bell);
        NativeMemory.AlignedFree(_buffer);
        NativeMemory.Free(_events);
    }

    private void Order(Action order)
    {
        _orders.Enqueue(order);
        Kernel.Ring(_bell);
    }

    private void Run()
    {
        while (!_stop)
        {
            var found = Kernel.Wait(_poll, _events, MostEvents, _hungry.Count > 0 ? 0 : _connecting.Count > 0 ? ConnectTickMs : -1);
            Obey();
            for (var index = 0; index < found; index++)
            {
                var (events, data) = Kernel.EventAt(_events, index);
                if (data == BellData)
                {
                    Kernel.Silence(_bell);
                }
                else if ((data & ListenerData) != 0)
                {
                    AcceptFrom((int)(data & ~ListenerData));
                }
                else if (Current((int)(data >> 1)) is { } link)
                {
                    Note(link, events, isServer: (data & 1) != 0);
                }
            }

            FeedHungry();
            Expire();
            // Only now may a slot have another link: an event of this round may still have named the former one.
            foreach (var slot in _freed)
            {
                _free.Push(slot);
            }

            _freed.Clear();
        }

        foreach (var link in _links.OfType<Link>().ToArray())
        {
            End(link, LinkEnd.Cut, 0);
        }
    }

    private void Obey()
    {
        while (_orders.TryDequeue(out var order))
        {
            order();
        }
    }

    /// <summary>
    /// To be called before anything is forwarded: what is to be cut is cut then. This thread may have stood still anywhere, also amid the
    /// events of one round, so it asks for each of them.
    /// </summary>
    private void Heed()
    {
        _lookout.Heed();
        // Who looked, here or elsewhere, has given its orders before that counts as done.
        if (!_orders.IsEmpty)
        {
            Obey();
        }
    }

    private Link? Current(int slot)
    {
        Heed();
        return _links[slot];
    }

    private void Open(Link link)
    {
        link.Slot = TakeSlot(link);
        var socket = Kernel.Connect(link.Address);
        if (socket < 0)
        {
            End(link, LinkEnd.NotAccepted, -socket);
            return;
        }

        link.Server = socket;
        link.ConnectBy = _time.GetTimestamp() + (long)(_connectLimit.TotalSeconds * _time.TimestampFrequency);
        _connecting.Add(link);
        Kernel.Watch(_poll, socket, All, ((ulong)link.Slot << 1) | 1);
    }

    private const uint All = Kernel.In | Kernel.Out | Kernel.PeerClosed | Kernel.EdgeTriggered;

    private int TakeSlot(Link link)
    {
        if (_free.TryPop(out var slot))
        {
            _links[slot] = link;
            return slot;
        }

        _links.Add(link);
        return _links.Count - 1;
    }

    private void Note(Link link, uint events, bool isServer)
    {
        if (!link.Connected && !Connect(link, events))
        {
            return;
        }

        ref var from = ref isServer ? ref link.Down : ref link.Up;
        ref var to = ref isServer ? ref link.Up : ref link.Down;
        from.Closing |= (events & (Kernel.PeerClosed | Kernel.HangUp | Kernel.Error)) != 0;
        from.Readable |= from.Closing || (events & Kernel.In) != 0;
        to.Writable |= (events & (Kernel.Out | Kernel.HangUp | Kernel.Error)) != 0;
        Move(link);
    }

    /// <summary>The server's side has news while connecting. True: it is connected now.</summary>
    private bool Connect(Link link, uint events)
    {
        if ((events & (Kernel.Out | Kernel.Error | Kernel.HangUp)) == 0)
        {
            return false;
        }

        _connecting.Remove(link);
        var error = Kernel.ErrorOf(link.Server);
        if (error == 0 && Kernel.ReachedItself(link.Server))
        {
            error = Kernel.Refused;
        }

        if (error != 0)
        {
            End(link, LinkEnd.NotAccepted, error);
            return false;
        }

        link.Connected = true;
        // What the client has sent so far is told as soon as the socket is watched.
        Kernel.Watch(_poll, link.Client, All, (ulong)link.Slot << 1);
        link.Owner.Connected(link);
        return true;
    }

    private void Move(Link link)
    {
        var (before, after) = (link.Up.Bytes, link.Down.Bytes);
        var up = link.Up.Move(link.Client, link.Server, _buffer, BufferSize, _lookout);
        if (_lookout.IsLate)
        {
            Heed(); // It stood still since it began with this link.
            if (link.Slot < 0)
            {
                return;
            }
        }

        var down = link.Down.Move(link.Server, link.Client, _buffer, BufferSize, _lookout);
        _up += link.Up.Bytes - before;
        _down += link.Down.Bytes - after;
        if (up == FlowState.Broken || down == FlowState.Broken)
        {
            End(link, LinkEnd.Broken, 0);
        }
        else if (link.Up.HasEnded && link.Down.HasEnded)
        {
            End(link, LinkEnd.Closed, 0);
        }
        else if ((up == FlowState.Hungry || down == FlowState.Hungry) && !link.IsHungry)
        {
            link.IsHungry = true;
            _hungry.Add(link);
        }
    }

    private void FeedHungry()
    {
        (_hungry, _eating) = (_eating, _hungry);
        foreach (var link in _eating)
        {
            link.IsHungry = false;
            Heed();
            if (link.Slot >= 0)
            {
                Move(link);
            }
        }

        _eating.Clear();
    }

    private void Expire()
    {
        for (var index = _connecting.Count - 1; index >= 0; index--)
        {
            var link = _connecting[index];
            if (_time.GetTimestamp() >= link.ConnectBy)
            {
                _connecting.RemoveAt(index);
                End(link, LinkEnd.NotAccepted, Kernel.TimedOut);
            }
        }
    }

    private void End(Link link, LinkEnd end, int error)
    {
        if (link.Slot < 0)
        {
            return;
        }

        _links[link.Slot] = null;
        _freed.Add(link.Slot);
        link.Slot = -1;
        if (!link.Connected)
        {
            _connecting.Remove(link);
        }

        if (link.Server >= 0)
        {
            // A member that has been replaced is not to go on with what it was sent.
            if (end is LinkEnd.Cut or LinkEnd.Broken or LinkEnd.Recalled)
            {
                Kernel.Reset(link.Server);
            }
            else
            {
                Kernel.Close(link.Server);
            }
        }

        link.Up.Release();
        link.Down.Release();
        if (end is not (LinkEnd.NotAccepted or LinkEnd.Recalled))
        {
            Kernel.Close(link.Client);
        }

        Interlocked.Decrement(ref _count);
        link.Owner.Ended(link, end, error);
    }
}
