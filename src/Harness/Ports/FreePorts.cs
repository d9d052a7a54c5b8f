using System.Net;
using System.Net.Sockets;

namespace Holdfast.Harness.Ports;

/// <summary>
/// Loopback ports that nobody else has: free for TCP and UDP now, outside the range the kernel gives to outgoing connections,
/// and reserved against every other process that asks here (also under another user) until this process ends.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 10_000;
    private static readonly Lock Gate = new();
    private static readonly List<Socket> Reservations = [];

    /// <summary>One port.</summary>
    public static int Take() => Take(1)[0];

    /// <summary>Several ports, all different.</summary>
    /// <exception cref="InvalidOperationException">The whole range is in use.</exception>
    public static int[] Take(int count)
    {
        lock (Gate)
        {
            var taken = new List<int>(count);
            var start = Random.Shared.Next(Count);
            for (var step = 0; step < Count && taken.Count < count; step++)
            {
                var port = First + ((start + step) % Count);
                if (TryReserve(port))
                {
                    taken.Add(port);
                }
            }

            return taken.Count == count
                ? [.. taken]
                : throw new InvalidOperationException(
                    $"No {count} free ports between {First} and {First + Count - 1}: end what occupies them.");
        }
    }

    private static bool TryReserve(int port)
    {
        // The name lives in the kernel (abstract namespace): it vanishes with the process and needs no file that another user could own.
        var reservation = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            reservation.Bind(new UnixDomainSocketEndPoint($"\0holdfast-port-{port}"));
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Any, port));
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Any, port));
        }
        catch (SocketException)
        {
            reservation.Dispose();
            return false;
        }

        Reservations.Add(reservation);
        return true;
    }
}
