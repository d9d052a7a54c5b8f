using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Coordination.Etcd.Wire;
using Holdfast.Coordination.Http;
using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd;

/// <summary>One POST to one server, over connections that are kept open. Faults are <see cref="CoordinationException"/>.</summary>
internal sealed class EtcdTransport : IDisposable
{
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public EtcdTransport(CoordinationSpec spec, TimeProvider time)
    {
        _time = time;
        var handler = new SocketsHttpHandler
        {
            // A server that swallows connections must leave time for the others.
            ConnectTimeout = spec.RequestTimeout / Math.Max(1, spec.Endpoints.Length),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = ConnectAsync,
        };
        if (spec.Endpoints.Any(endpoint => endpoint.Scheme == Uri.UriSchemeHttps))
        {
            handler.SslOptions = EtcdTls.Options(spec);
        }

        _client = new HttpClient(new TornConnections(handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a request and reads the whole answer within <paramref name="limit"/>.</summary>
    /// <exception cref="CoordinationException">
    /// <see cref="CoordinationFault.Unreachable"/> and <see cref="CoordinationFault.Certificate"/>: the server never had the request.
    /// </exception>
    public async Task<TResponse> PostAsync<TRequest, TResponse>(
        Uri endpoint, EtcdCall<TRequest, TResponse> call, TRequest request, string? token, TimeSpan limit,
        CancellationToken cancellationToken)
    {
        using var content = new OnceContent(JsonSerializer.SerializeToUtf8Bytes(request, call.RequestType));
        using var message = Message(endpoint, call.Path, content, token);
        using var timer = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseContentRead, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.IsSuccessStatusCode
                ? Parse(endpoint, body, call.ResponseType)
                : throw EtcdFaults.Answered(endpoint, (int)response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EtcdFaults.TooLate(endpoint, limit, content.Sent);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw EtcdFaults.OnTheWay(endpoint, exception, content.Sent);
        }
    }

    /// <summary>Sends a request and returns the answer as soon as it begins, to be read on as a stream. The caller disposes of
    /// it.</summary>
    /// <exception cref="CoordinationException">No answer began within <paramref name="limit"/>, or it is an error.</exception>
    public async Task<HttpResponseMessage> OpenAsync<TRequest, TResponse>(
        Uri endpoint, EtcdCall<TRequest, TResponse> call, TRequest request, string? token, TimeSpan limit,
        CancellationToken cancellationToken)
    {
        using var content = new OnceContent(JsonSerializer.SerializeToUtf8Bytes(request, call.RequestType));
        using var message = Message(endpoint, call.Path, content, token);
        // Without a leader the server then ends the stream instead of going quiet.
        message.Headers.TryAddWithoutValidation("Grpc-Metadata-hasleader", "true");
        using var timer = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode
                ? response
                : throw EtcdFaults.Answered(endpoint, (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token));
        }
        catch (Exception exception)
        {
            response?.Dispose();
            throw exception switch
            {
                OperationCanceledException when !cancellationToken.IsCancellationRequested =>
                    EtcdFaults.TooLate(endpoint, limit, content.Sent),
                HttpRequestException or IOException => EtcdFaults.OnTheWay(endpoint, exception, content.Sent),
                _ => exception,
            };
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Reads an answer.</summary>
    /// <exception cref="CoordinationException">It is an error, or not what etcd answers.</exception>
    public static T Parse<T>(Uri endpoint, ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) switch
            {
                null => throw new JsonException("null"),
                IStreamLine { Error: { } error } =>
                    throw EtcdFaults.Answered(endpoint, error.GrpcCode, error.Message ?? "error without a message"),
                var answer => answer,
            };
        }
        catch (JsonException exception)
        {
            throw new CoordinationException(
                CoordinationFault.Indeterminate,
                $"{endpoint.Authority} answers what etcd would not ({exception.Message}). Is there another server at this address?",
                exception);
        }
    }

    private static HttpRequestMessage Message(Uri endpoint, string path, HttpContent content, string? token)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, path)) { Content = content };
        if (token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", token);
        }

        return message;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            SocketHabits.Apply(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
