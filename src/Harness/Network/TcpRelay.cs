using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Holdfast.Harness.Ports;

namespace Holdfast.Harness.Network;

/// <summary>What a relay does with what passes through.</summary>
public enum RelayMode
{
    /// <summary>Passes everything on.</summary>
    Open,
    /// <summary>Accepts, but passes nothing on, in either direction: a network that swallows.</summary>
    Swallow,
    /// <summary>Passes requests on and swallows answers.</summary>
    SwallowAnswers,
    /// <summary>Refuses connections; existing ones are reset.</summary>
    Refuse,
}

/// <summary>A TCP relay on loopback that can be made to fail, to stand for the network between a client and a server.</summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private volatile int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, byte> _sockets = [];
    private readonly Lock _gate = new();
    private Socket? _listener;
    private volatile RelayMode _mode;

    /// <summary>Relays from a port of its own to <paramref name="targetPort"/>, both on 127.0.0.1.</summary>
    public TcpRelay(int targetPort)
    {
        _target = targetPort;
        Port = FreePorts.Take();
        Listen();
    }

    public int Port { get; }

    /// <summary>Where new connections go; those that are open to another port are reset when it changes.</summary>
    public int Target
    {
        get => _target;
        set
        {
            lock (_gate)
            {
                _target = value;
                Reset();
            }
        }
    }

    /// <summary>
    /// What happens to traffic from now on. Leaving a swallowing mode resets the connections: what was swallowed is lost for good.
    /// </summary>
    public RelayMode Mode
    {
        get => _mode;
        set
        {
            lock (_gate)
            {
                var swallowed = _mode is RelayMode.Swallow or RelayMode.SwallowAnswers && value is RelayMode.Open;
                _mode = value;
                if (value == RelayMode.Refuse)
                {
                    _listener?.Dispose();
                    _listener = null;
                }
                else if (_listener is null)
                {
                    Listen();
                }

                if (swallowed || value == RelayMode.Refuse)
                {
                    Reset();
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener?.Dispose();
        Reset();
        _stop.Dispose();
    }

    private void Reset()
    {
        foreach (var socket in _sockets.Keys)
        {
            // No lingering: the peer sees a reset at once.
            socket.Close(0);
            _sockets.TryRemove(socket, out _);
        }
    }

    private void Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        listener.Listen();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_stop.Token);
                _sockets[client] = 0;
                _ = RelayAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The relay was told to refuse, or is disposed.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets[server] = 0;
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target), _stop.Token);
            await Task.WhenAny(PumpAsync(client, server, RelayMode.Swallow), PumpAsync(server, client, RelayMode.SwallowAnswers));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: so shall be the other.
        }
        finally
        {
            client.Close(0);
            server.Close(0);
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, RelayMode swallowedBy)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _stop.Token);
                if (count == 0)
                {
                    return;
                }

                if (_mode != RelayMode.Swallow && _mode != swallowedBy)
                {
                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is over, for this direction and so for both.
        }
    }
}
