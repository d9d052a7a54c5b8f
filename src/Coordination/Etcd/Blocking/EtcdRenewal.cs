using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd.Blocking;

/// <summary>
/// Renews leases on the calling thread alone. HttpClient will not do: also its synchronous Send opens connections and runs its timers on
/// the thread pool, so a starved pool would delay a renewal. Here are a socket of our own, blocking calls and the socket's own time
/// limits.
/// </summary>
internal sealed class EtcdRenewal(EtcdSession session, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private BlockingConnection? _connection;

    /// <summary>Renews. Goes from server to server until one answers or <paramref name="limit"/> is over.</summary>
    /// <exception cref="CoordinationException">No server answered, or one refused.</exception>
    public TimeSpan? KeepAlive(long leaseId, TimeSpan limit)
    {
        var deadline = new Deadline(time, limit);
        // One caller at a time; a second one waits, but not beyond its deadline.
        if (!_gate.TryEnter(deadline.Left))
        {
            throw EtcdFaults.TooLate(session.Endpoints.Current, limit, sent: false);
        }

        try
        {
            return KeepAlive(leaseId, deadline);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>The time to live in an answer; null: the lease is gone.</summary>
    public static TimeSpan? Granted(KeepAliveLine line) =>
        line.Result is { Ttl: > 0 and var seconds } ? TimeSpan.FromSeconds(seconds) : null;

    public void Dispose() => _connection?.Dispose();

    private TimeSpan? KeepAlive(long leaseId, Deadline deadline)
    {
        var faults = new List<CoordinationException>();
        var order = session.Endpoints.InOrder();
        for (var index = 0; index < order.Length && !deadline.IsOver; index++)
        {
            try
            {
                return KeepAliveOn(order[index], leaseId, deadline.Part(order.Length - index));
            }
            catch (CoordinationException exception) when (EtcdGiveUp.MayTryNext(exception, repeatable: true))
            {
                session.Endpoints.Failed(order[index]);
                faults.Add(RefusedCertificate.Find(order[index], exception, session, deadline) ?? exception);
            }
        }

        throw EtcdGiveUp.Summarise(faults, session.Spec);
    }

    private TimeSpan? KeepAliveOn(Uri endpoint, long leaseId, Deadline deadline)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new LeaseRequest(leaseId), EtcdJson.Default.LeaseRequest);
        var token = session.Token;
        if (token is null && session.Spec.User is not null)
        {
            token = LogIn(endpoint, deadline);
        }

        try
        {
            return Granted(Post(endpoint, EtcdCalls.KeepAlive, body, token, deadline));
        }
        catch (CoordinationException exception) when (EtcdFaults.AsksForLogin(exception) && session.Spec.User is not null)
        {
            return Granted(Post(endpoint, EtcdCalls.KeepAlive, body, LogIn(endpoint, deadline), deadline));
        }
    }

    private string? LogIn(Uri endpoint, Deadline deadline)
    {
        var request = new AuthenticateRequest(session.Spec.User!, session.Spec.Password?.Reveal() ?? "");
        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(request, EtcdJson.Default.AuthenticateRequest);
            return session.Token = Post(endpoint, EtcdCalls.Authenticate, body, null, deadline).Token;
        }
        catch (CoordinationException exception) when (EtcdFaults.LoginIsOff(exception))
        {
            return null;
        }
    }

    private TResponse Post<TRequest, TResponse>(
        Uri endpoint, EtcdCall<TRequest, TResponse> call, byte[] body, string? token, Deadline deadline)
    {
        var reused = _connection is { } open && open.Endpoint == endpoint;
        try
        {
            return PostOn(Connection(endpoint, deadline), call, body, token, deadline);
        }
        catch (CoordinationException exception) when (reused && !deadline.IsOver && exception.Fault == CoordinationFault.Indeterminate)
        {
            // The server may have closed an old connection, for instance when it was restarted. Renewing twice does no harm.
            return PostOn(Connection(endpoint, deadline), call, body, token, deadline);
        }
    }

    private BlockingConnection Connection(Uri endpoint, Deadline deadline)
    {
        if (_connection?.Endpoint != endpoint)
        {
            _connection?.Dispose();
            _connection = null;
            _connection = Guard(endpoint, sent: false, () => BlockingConnection.Open(endpoint, session.Spec, deadline));
        }

        return _connection!;
    }

    private TResponse PostOn<TRequest, TResponse>(
        BlockingConnection connection, EtcdCall<TRequest, TResponse> call, byte[] body, string? token, Deadline deadline)
    {
        try
        {
            var (status, answer) = Guard(connection.Endpoint, sent: true, () => connection.Post(call.Path, body, token, deadline));
            return status is >= 200 and < 300
                ? EtcdTransport.Parse(connection.Endpoint, answer, call.ResponseType)
                : throw EtcdFaults.Answered(connection.Endpoint, status, answer);
        }
        catch (CoordinationException exception) when (exception.Fault is CoordinationFault.Indeterminate or CoordinationFault.Certificate)
        {
            // Half an answer may still be on its way: this connection is not to be used again.
            connection.Dispose();
            _connection = null;
            throw;
        }
    }

    private static T Guard<T>(Uri endpoint, bool sent, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or AuthenticationException or TimeoutException or HttpRequestException)
        {
            throw EtcdFaults.OnTheWay(endpoint, exception, sent);
        }
    }
}
