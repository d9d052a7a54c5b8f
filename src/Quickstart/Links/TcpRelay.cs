using System.Net;
using System.Net.Sockets;

namespace Holdfast.Quickstart.Links;

/// <summary>
/// Carries connections to a port of the other site. While the link is cut, connections stay open and nothing moves, neither data nor the news
/// that an end has closed, as with a line that swallows every packet; what was on its way arrives when the link is whole.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;
    private readonly int _target;
    private readonly LinkGate _gate;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <summary>Listens on the port of 127.0.0.1 and connects to the target there.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public TcpRelay(int port, int target, LinkGate gate)
    {
        (_target, _gate) = (target, gate);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var near = await _listener.AcceptAsync(_stop.Token);
                carried.RemoveAll(task => task.IsCompleted);
                carried.Add(CarryAsync(near));
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException)
            {
                continue; // the caller has gone before it was taken
            }
        }

        await Task.WhenAll(carried);
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                await _gate.WaitOpenAsync(_stop.Token);
                await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target), _stop.Token);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                await Task.WhenAll(PumpAsync(near, far, both), PumpAsync(far, near, both));
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException)
            {
                // One end has broken off, or the relay ends: the other end learns it by a reset, but not across a link that is cut.
                await _gate.WaitOpenAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                near.Close(0);
                far.Close(0);
            }
        }
    }

    /// <summary>Until the one end has closed in good order; a fault ends the other direction too.</summary>
    private async Task PumpAsync(Socket from, Socket to, CancellationTokenSource both)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int count;
            do
            {
                count = await from.ReceiveAsync(buffer, both.Token);
                await _gate.WaitOpenAsync(both.Token);
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), both.Token);
                }
            }
            while (count > 0);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            await both.CancelAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }
}
