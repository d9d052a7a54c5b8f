using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using Holdfast.Coordination.Http;

namespace Holdfast.Coordination.Tests.Http;

public sealed class TornConnectionsTests
{
    [Fact]
    public async Task A_connection_that_its_peer_resets_at_once_is_a_fault_of_the_request()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new HttpClient(new TornConnections(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ResetAsync }));

        var fault = await Should.ThrowAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"http://{listener.LocalEndpoint}/"), TestContext.Current.CancellationToken));

        fault.HttpRequestError.ShouldBe(HttpRequestError.ConnectionError);
        fault.InnerException.ShouldBeOfType<SocketException>().SocketErrorCode.ShouldBe(SocketError.NotConnected);

        async ValueTask<Stream> ResetAsync(SocketsHttpConnectionContext context, CancellationToken stop)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync((IPEndPoint)listener.LocalEndpoint, stop);
            using (var peer = await listener.AcceptSocketAsync(stop))
            {
                peer.LingerState = new LingerOption(enable: true, seconds: 0);
            }

            socket.Poll(TimeSpan.FromSeconds(60), SelectMode.SelectRead).ShouldBeTrue("nothing came");
            return new NetworkStream(socket, ownsSocket: true);
        }
    }
}
