using System.Net;
using System.Net.Sockets;
using Holdfast.Agent.Logging;
using Holdfast.Core.Topology;
using Holdfast.Gate.Forwarding;
using Holdfast.Gate.Routing;
using Holdfast.Gate.Running;

namespace Holdfast.Gate.Tests.Forwarding;

/// <summary>A real port and a real worker between real sockets; only the route, and the time of looks, is set by the test.</summary>
public abstract class PortBench : IDisposable
{
    private protected static readonly Target Here = new("a", "fra", 1);
    private protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly EventLog _log = new(Stream.Null, Stream.Null, TimeProvider.System, "test", false);
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private GatePort? _port;

    private protected PortBench()
    {
        _server.Start();
        Lookout = new Lookout(Time);
        Worker = new Worker(1, TimeProvider.System, Soon, Lookout);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What tells whether somebody has looked lately.</summary>
    private protected HandTime Time { get; } = new();
    private protected Lookout Lookout { get; }
    private protected Worker Worker { get; }
    private protected GatePort Port => _port!;
    private protected IPEndPoint Server => (IPEndPoint)_server.LocalEndpoint;

    public void Dispose()
    {
        _port?.Close();
        Worker.Dispose();
        _server.Dispose();
        _log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <param name="spec">Of the port.</param>
    /// <param name="to">Where a target's server is; null: the bench's own.</param>
    private protected void Listen(GateSpec spec, Func<Target, IPEndPoint>? to = null)
    {
        _port = new GatePort(
            "orders", "read-write", new IPEndPoint(IPAddress.Loopback, 0), spec, [Worker], to ?? (_ => Server), _log, TimeProvider.System);
        Port.Follow([Here], _ => true, recut: false, "a serves");
        Port.Start();
    }

    private protected async Task<(Socket Client, Socket Server)> PairAsync()
    {
        var client = await ConnectAsync();
        return (client, await AcceptAsync());
    }

    /// <summary>The next connection that reaches the bench's server.</summary>
    private protected Task<Socket> AcceptAsync() => _server.AcceptSocketAsync(Token).AsTask().WaitAsync(Soon, Token);

    private protected async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(Port.Address, Token);
        return client;
    }

    private protected static async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), Token);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private protected static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = await socket.ReceiveAsync(buffer, Token).AsTask().WaitAsync(Soon, Token)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>The gate has closed it, one way or the other.</summary>
    private protected static async Task EndsAsync(Socket socket)
    {
        try
        {
            (await socket.ReceiveAsync(new byte[1], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(0);
        }
        catch (SocketException fault)
        {
            fault.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        }
    }

    /// <summary>Stands still until it is moved.</summary>
    private protected sealed class HandTime : TimeProvider
    {
        private long _now = 1_000_000;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, (long)by.TotalMicroseconds);
    }
}
