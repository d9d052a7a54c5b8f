using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>How addresses of the file become sockets.</summary>
internal static class HeartbeatSockets
{
    private const int ReceiveBufferBytes = 1 << 20;

    /// <summary>
    /// An address is bound as it is, <c>localhost</c> to 127.0.0.1; a name means all interfaces, for it may not
    /// resolve to this host itself.
    /// </summary>
    public static Socket Listen(Endpoint own)
    {
        var address = Literal(own) ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.ReceiveBufferSize = ReceiveBufferBytes;
            socket.Bind(new IPEndPoint(address, own.Port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Its own socket for sending, non-blocking: a full buffer loses a heartbeat and delays nobody.</summary>
    public static Socket Send()
    {
        var socket = Socket.OSSupportsIPv6
            ? new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Blocking = false;
        return socket;
    }

    /// <summary>The address when the text is one (or <c>localhost</c>); null for a name that must be looked up.</summary>
    public static IPAddress? Literal(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) ? address
        : string.Equals(endpoint.Host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : null;

    /// <summary>Blocks as long as the resolver does: not on a thread that has a deadline. Null: not resolved now.</summary>
    public static IPAddress? Resolve(Endpoint endpoint)
    {
        try
        {
            var addresses = Dns.GetHostAddresses(endpoint.Host);
            return addresses.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public static SocketAddress For(Socket sender, IPAddress address, int port) =>
        new IPEndPoint(sender.AddressFamily == AddressFamily.InterNetworkV6 ? address.MapToIPv6() : address, port).Serialize();
}
