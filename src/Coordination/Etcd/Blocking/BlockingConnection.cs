using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd.Blocking;

/// <summary>One HTTP/1.1 connection, used by one thread at a time with blocking calls only.</summary>
internal sealed class BlockingConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;

    private BlockingConnection(Uri endpoint, Socket socket, Stream stream)
    {
        Endpoint = endpoint;
        _socket = socket;
        _stream = stream;
    }

    public Uri Endpoint { get; }

    /// <summary>Connects, by TLS for <c>https</c>. A host given by name is looked up each time, which the system's resolver may
    /// delay.</summary>
    /// <exception cref="TimeoutException">Not within the deadline.</exception>
    public static BlockingConnection Open(Uri endpoint, CoordinationSpec spec, Deadline deadline)
    {
        var addresses = IPAddress.TryParse(endpoint.IdnHost, out var literal) ? [literal] : Dns.GetHostAddresses(endpoint.IdnHost);
        for (var index = 0; ; index++)
        {
            try
            {
                return Open(endpoint, new IPEndPoint(addresses[index], endpoint.Port), spec, deadline.Part(addresses.Length - index));
            }
            catch (Exception exception) when (index + 1 < addresses.Length && exception is SocketException or TimeoutException)
            {
                // The next address of the same host.
            }
        }
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="IOException">The connection broke, the time is up, or this is not HTTP.</exception>
    public (int Status, byte[] Body) Post(string path, byte[] body, string? token, Deadline deadline)
    {
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: {Endpoint.Authority}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        if (token is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Authorization: {token}\r\n");
        }

        SetLimits(deadline);
        _stream.Write([.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body]);
        return new BlockingAnswer(_stream, () => SetLimits(deadline)).Read();
    }

    /// <summary>Waits for whatever the server says by itself.</summary>
    /// <exception cref="IOException">It closed the connection, or says nothing within the deadline.</exception>
    public void Listen(Deadline deadline)
    {
        SetLimits(deadline);
        _stream.ReadByte();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private static BlockingConnection Open(Uri endpoint, IPEndPoint address, CoordinationSpec spec, Deadline deadline)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketHabits.Apply(socket);
            Connect(socket, address, deadline);
            var connection = new BlockingConnection(endpoint, socket, new NetworkStream(socket));
            return endpoint.Scheme == Uri.UriSchemeHttps ? connection.Secured(spec, deadline) : connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private BlockingConnection Secured(CoordinationSpec spec, Deadline deadline)
    {
        var options = EtcdTls.Options(spec);
        options.TargetHost = Endpoint.IdnHost;
        var stream = new SslStream(_stream);
        SetLimits(deadline);
        stream.AuthenticateAsClient(options);
        return new BlockingConnection(Endpoint, _socket, stream);
    }

    private static void Connect(Socket socket, IPEndPoint address, Deadline deadline)
    {
        // A blocking connect has no time limit of its own: start it without blocking and wait for the socket to become writable.
        socket.Blocking = false;
        try
        {
            socket.Connect(address);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!socket.Poll(deadline.Left, SelectMode.SelectWrite))
            {
                throw new TimeoutException($"no connection within {deadline.Total.TotalMilliseconds:0} ms", exception);
            }
        }

        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }

        socket.Blocking = true;
    }

    private void SetLimits(Deadline deadline)
    {
        var left = (int)Math.Ceiling(deadline.Left.TotalMilliseconds);
        if (left == 0)
        {
            throw new TimeoutException($"nothing within {deadline.Total.TotalMilliseconds:0} ms");
        }

        _socket.ReceiveTimeout = left;
        _socket.SendTimeout = left;
    }
}
