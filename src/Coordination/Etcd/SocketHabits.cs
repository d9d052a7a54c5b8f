using System.Net.Sockets;

namespace Holdfast.Coordination.Etcd;

/// <summary>How our sockets behave.</summary>
internal static class SocketHabits
{
    /// <summary>Small messages at once; an idle connection to a host that vanished is noticed within about four seconds.</summary>
    public static void Apply(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
    }
}
