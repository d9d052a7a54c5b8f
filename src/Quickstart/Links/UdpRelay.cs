using System.Net;
using System.Net.Sockets;

namespace Holdfast.Quickstart.Links;

/// <summary>Carries datagrams to a port of the other site. While the link is cut they are lost.</summary>
internal sealed class UdpRelay : IAsyncDisposable
{
    private readonly int _target;
    private readonly LinkGate _gate;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _carrying;

    /// <summary>Receives on the port of 127.0.0.1 and sends to the target there.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public UdpRelay(int port, int target, LinkGate gate)
    {
        (_target, _gate) = (target, gate);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _carrying = CarryAsync();
    }

    private async Task CarryAsync()
    {
        var buffer = new byte[ushort.MaxValue];
        var anywhere = new IPEndPoint(IPAddress.Any, 0);
        var target = new IPEndPoint(IPAddress.Loopback, _target);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, anywhere, _stop.Token);
                if (_gate.IsOpen)
                {
                    await _socket.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), target, _stop.Token);
                }
            }
            catch (SocketException)
            {
                continue; // a lost datagram, as on any network
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _carrying;
        _socket.Dispose();
        _stop.Dispose();
    }
}
