using System.Net.Http;
using System.Net.Sockets;

namespace Holdfast.Coordination.Http;

/// <summary>
/// Makes one kind of fault of what comes while a connection is made. .NET's client asks a new connection for its peer's address; one
/// that the peer has reset by then has none, and the socket's own exception comes out where the client promises its own kind.
/// </summary>
/// <param name="inner">Sends; disposed of with this.</param>
public sealed class TornConnections(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="HttpRequestException">Also for a connection that was reset at once.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException fault)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, fault.Message, fault);
        }
    }
}
