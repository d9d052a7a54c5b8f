using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.PlanBench.Delays;

/// <summary>
/// A line between two servers on one machine, for a kernel that has no netem: a TCP relay in which each byte arrives a fixed time after it was sent,
/// at no more than a rate, and nothing while the line is cut. Threads of its own, for the timing.
/// </summary>
internal sealed class Line : IDisposable
{
    private const int ChunkBytes = 16 * 1024;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly ManualResetEventSlim _whole = new(initialState: true);
    private readonly int _target;
    private readonly long _delay;
    private readonly double _nanosecondsPerByte;
    private volatile bool _ended;

    /// <param name="target">Port on loopback that is relayed to.</param>
    /// <param name="oneWay">How long each byte is on its way.</param>
    /// <param name="rate">Of each direction of each connection. Null: no bound.</param>
    public Line(int target, TimeSpan oneWay, ByteRate? rate = null)
    {
        _target = target;
        _delay = (long)oneWay.TotalNanoseconds;
        _nanosecondsPerByte = rate is { } bound ? 1e9 / bound.BytesPerSecond : 0;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Begin(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>From now on nothing arrives; connections stay open, and what was on its way waits.</summary>
    public void Cut() => _whole.Reset();

    public void Mend() => _whole.Set();

    public void Dispose()
    {
        _ended = true;
        _whole.Set();
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private static void Begin(Action work) => new Thread(() => work()) { IsBackground = true }.Start();

    private void Accept()
    {
        try
        {
            while (!_ended)
            {
                var near = _listener.Accept();
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                (near.NoDelay, far.NoDelay) = (true, true);
                _sockets.Add(near);
                _sockets.Add(far);
                far.Connect(IPAddress.Loopback, _target);
                Carry(near, far);
                Carry(far, near);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The line has ended, or the server behind it has.
        }
    }

    private void Carry(Socket from, Socket to)
    {
        // As many chunks as a second's worth of a fast line: a sender that is faster than the line waits, as at a full window.
        var onTheWay = new BlockingCollection<(long Due, byte[] Bytes)>(boundedCapacity: 512);
        Begin(() =>
        {
            var buffer = new byte[ChunkBytes];
            var free = 0L;
            try
            {
                for (int count; (count = from.Receive(buffer)) > 0;)
                {
                    // What comes while the line is cut stands before it, and crosses it at its rate when it is whole.
                    _whole.Wait();
                    free = Math.Max(free, PreciseWait.Now()) + (long)(count * _nanosecondsPerByte);
                    onTheWay.Add((free + _delay, buffer[..count]));
                }
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // This end is gone: the other is told below.
            }

            onTheWay.CompleteAdding();
        });
        Begin(() =>
        {
            try
            {
                foreach (var (due, bytes) in onTheWay.GetConsumingEnumerable())
                {
                    PreciseWait.Until(due);
                    _whole.Wait();
                    for (var sent = 0; sent < bytes.Length;)
                    {
                        sent += to.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
                    }
                }
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // The other end is gone: so is this one.
            }

            from.Close(0);
            to.Close(0);
        });
    }
}
