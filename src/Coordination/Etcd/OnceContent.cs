using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;

namespace Holdfast.Coordination.Etcd;

/// <summary>
/// A request body that can be sent once and knows whether it was: if nothing of it was written, the server cannot have acted, and if
/// anything was, no layer below may quietly send it again.
/// </summary>
internal sealed class OnceContent : HttpContent
{
    private readonly byte[] _body;
    private int _sent;

    public OnceContent(byte[] body)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public bool Sent => Volatile.Read(ref _sent) != 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _sent, 1) == 0
            ? stream.WriteAsync(_body, cancellationToken).AsTask()
            : throw new HttpRequestException("a request was about to be sent twice");

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
