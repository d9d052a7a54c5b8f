using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd.Watching;

/// <summary>An open watch on one server: one JSON text per line.</summary>
internal sealed class EtcdWatchStream : IAsyncDisposable
{
    private readonly Uri _endpoint;
    private readonly HttpResponseMessage _response;
    private readonly PipeReader _reader;

    private EtcdWatchStream(Uri endpoint, HttpResponseMessage response, Stream stream)
    {
        _endpoint = endpoint;
        _response = response;
        _reader = PipeReader.Create(stream);
    }

    /// <summary>Opens a watch of all keys under <paramref name="prefix"/> from <paramref name="revision"/> on.</summary>
    public static async Task<EtcdWatchStream> OpenAsync(
        EtcdSession session, Uri endpoint, string prefix, long revision, TimeSpan limit, CancellationToken cancellationToken)
    {
        var (first, end) = Keys.Range(prefix);
        var request = new WatchRequest(new WatchCreateRequest(first, end, revision));
        var response = await session.Transport.OpenAsync(endpoint, EtcdCalls.Watch, request, session.Token, limit, cancellationToken);
        return new EtcdWatchStream(endpoint, response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>The next message, however long it takes.</summary>
    /// <exception cref="CoordinationException">The server ended the stream, or the connection broke.</exception>
    public async Task<WatchResponse> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var read = await _reader.ReadAsync(cancellationToken);
                if (read.Buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = EtcdTransport.Parse(_endpoint, read.Buffer.Slice(0, end).ToArray(), EtcdCalls.Watch.ResponseType);
                    _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return line.Result ?? throw Ended();
                }

                _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted)
                {
                    throw Ended();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw EtcdFaults.OnTheWay(_endpoint, exception, sent: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Closes the connection, and with it the watch on the server.
        _response.Dispose();
        await _reader.CompleteAsync();
    }

    private CoordinationException Ended() => new(CoordinationFault.Indeterminate, $"etcd at {_endpoint.Authority} ended the watch");
}
