using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Sites.EndToEnd.Networks;

/// <summary>A datagram socket on each host, to see what arrives where.</summary>
internal sealed class Probe : IDisposable
{
    private const int Port = 20_009;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private readonly Net _net;
    private readonly ConcurrentDictionary<string, Socket> _sockets = [];
    private byte _last;

    private Probe(Net net) => _net = net;

    public static async Task<Probe> OnAsync(Net net)
    {
        var probe = new Probe(net);
        foreach (var host in net.Hosts)
        {
            var socket = await host.Namespace.SocketAsync(SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(host.Address), Port));
            probe._sockets[host.Name] = socket;
        }

        return probe;
    }

    /// <summary>Sends one that is not waited for.</summary>
    public byte Send(string from, string to)
    {
        _sockets[from].SendTo([++_last], new IPEndPoint(IPAddress.Parse(_net.Host(to).Address), Port));
        return _last;
    }

    /// <summary>The next that arrives at a host, and the address that it comes from.</summary>
    /// <exception cref="TimeoutException">None does.</exception>
    public async Task<(byte Number, string From)> NextAsync(string at)
    {
        var buffer = new byte[1];
        var received = await _sockets[at].ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(Limit);
        return (buffer[0], ((IPEndPoint)received.RemoteEndPoint).Address.ToString());
    }

    /// <summary>Sends one and sees it arrive as the very next.</summary>
    public async Task PassesAsync(string from, string to)
    {
        var sent = Send(from, to);
        (await NextAsync(to)).ShouldBe((sent, _net.Host(from).Address), $"from {from} to {to}");
    }

    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }
    }
}
