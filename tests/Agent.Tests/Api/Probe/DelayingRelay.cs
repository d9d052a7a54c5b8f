using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Holdfast.Agent.Tests.Api.Probe;

/// <summary>Stands for a long way: passes everything on to a port, later by a constant time in each direction, and in order.</summary>
internal sealed class DelayingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _delay;
    private readonly int _target;
    private readonly Task _running;

    public DelayingRelay(int target, TimeSpan delay)
    {
        (_target, _delay) = (target, delay);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = AcceptAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
            {
                carried.Add(CarryAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carried);
        }
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAny(PassAsync(near, far), PassAsync(far, near));
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException)
            {
                near.Close(0); // One end is gone: so shall be the other.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var onTheWay = Channel.CreateUnbounded<(byte[] Bytes, long Came)>();
        var arriving = ArriveAsync(onTheWay.Reader, to);
        try
        {
            var buffer = new byte[64 << 10];
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await onTheWay.Writer.WriteAsync((buffer[..count], TimeProvider.System.GetTimestamp()), _stop.Token);
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over.
        }

        onTheWay.Writer.Complete();
        await arriving;
    }

    private async Task ArriveAsync(ChannelReader<(byte[] Bytes, long Came)> reader, Socket to)
    {
        try
        {
            await foreach (var (bytes, came) in reader.ReadAllAsync(_stop.Token))
            {
                if (_delay - TimeProvider.System.GetElapsedTime(came) is var rest && rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, _stop.Token);
                }

                await to.SendAsync(bytes, _stop.Token);
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over.
        }
    }
}
