using System.Net.Sockets;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Tests.Forwarding;

/// <summary>Hosts that are gone without a word, while something is on its way to them.</summary>
public sealed class VanishedPeerTests : PortBench
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Unread = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_answers_nothing_any_more_gives_the_session_free(bool clientVanishes)
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        var (gone, left) = clientVanishes ? (client, server) : (server, client);
        Vanish(gone);
        await left.SendAsync(new byte[] { 1, 2, 3 }, Token);
        await Eventually.TrueAsync(
            () =>
            {
                Worker.DropVanished(Silence);
                return Port.Count.Links == 0;
            },
            Soon, () => "it keeps its session");
        await EndsAsync(left);
    }

    [Fact]
    public async Task Who_only_does_not_read_keeps_the_session()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        server.Blocking = false;
        var piece = new byte[1 << 20];
        var sent = 0L;
        var since = TimeProvider.System.GetTimestamp();
        // Longer than the silence that is allowed, in which the kernel asks for room again and again.
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    sent += server.Send(piece);
                    since = TimeProvider.System.GetTimestamp();
                }
                catch (SocketException fault) when (fault.SocketErrorCode == SocketError.WouldBlock)
                {
                }

                Worker.DropVanished(Silence);
                return TimeProvider.System.GetElapsedTime(since) > Unread;
            },
            Soon, () => "it takes without end");
        Port.Count.Links.ShouldBe(1);
        server.Blocking = true;
        server.Shutdown(SocketShutdown.Send);
        (await ReceiveAsync(client)).LongLength.ShouldBe(sent);
    }

    /// <summary>From now on the kernel hears nothing that comes for this socket: no packet has so long a life left.</summary>
    private static void Vanish(Socket socket)
    {
        const int ipLevel = 0, leastTimeToLive = 21;
        socket.SetRawSocketOption(ipLevel, leastTimeToLive, BitConverter.GetBytes(255));
    }
}
