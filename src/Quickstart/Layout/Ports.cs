using System.Net;
using System.Net.Sockets;

namespace Holdfast.Quickstart.Layout;

/// <summary>
/// Free loopback ports below the range from which the kernel takes ports for outgoing connections: a server that is down for a
/// while must find its port free when it comes back.
/// </summary>
internal static class Ports
{
    private const int Lowest = 15_000;
    private const int Highest = 30_000;
    private const int Attempts = 2_000;

    /// <summary>As many different ports as asked for, each free for TCP and UDP at this moment.</summary>
    /// <param name="promised">Not these: they are for others, which have not bound them yet.</param>
    /// <exception cref="QuickstartException">There are not so many.</exception>
    public static IReadOnlyList<int> FindFree(int count, params IReadOnlyCollection<int> promised)
    {
        var found = new List<int>(count);
        for (var attempt = 0; attempt < Attempts && found.Count < count; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            if (!found.Contains(port) && !promised.Contains(port) &&
                IsFree(port, SocketType.Stream, ProtocolType.Tcp) && IsFree(port, SocketType.Dgram, ProtocolType.Udp))
            {
                found.Add(port);
            }
        }

        return found.Count == count
            ? found
            : throw new QuickstartException(
                $"no {count} free ports between {Lowest} and {Highest} on 127.0.0.1; end what holds them and try again");
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
