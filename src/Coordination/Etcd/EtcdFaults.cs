using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd;

/// <summary>Turns what goes wrong on the way to etcd, and what etcd answers, into faults with a remedy.</summary>
internal static class EtcdFaults
{
    /// <summary>The call failed on the way.</summary>
    /// <param name="sent">False: the request cannot have reached the server in full, so nothing was done.</param>
    public static CoordinationException OnTheWay(Uri endpoint, Exception exception, bool sent)
    {
        if (CertificateTrouble(exception) is { } trouble)
        {
            return new CoordinationException(
                CoordinationFault.Certificate,
                $"etcd at {endpoint.Authority}: no TLS connection ({trouble}). Check that ca-file signed the server's certificate, that " +
                "it names this host, that the server speaks TLS there, and that it trusts our client certificate.",
                exception);
        }

        var reason = Reason(exception);
        if (sent && endpoint.Scheme == Uri.UriSchemeHttp
            && exception is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded })
        {
            return new CoordinationException(
                CoordinationFault.Indeterminate,
                $"etcd at {endpoint.Authority} closed the connection instead of answering. It was restarted just now, or it wants TLS: " +
                "then write https:// in coordination.etcd.",
                exception);
        }

        return sent
            ? new CoordinationException(
                CoordinationFault.Indeterminate,
                $"etcd at {endpoint.Authority} did not answer ({reason}). It may be overloaded, frozen or without a leader: look at its " +
                "log and at `etcdctl endpoint status`.",
                exception)
            : new CoordinationException(
                CoordinationFault.Unreachable,
                $"etcd at {endpoint.Authority} cannot be reached ({reason}). Check that it runs, the address, and the " +
                $"firewall{Scheme(endpoint, exception)}.",
                exception);
    }

    /// <summary>The time is up.</summary>
    public static CoordinationException TooLate(Uri endpoint, TimeSpan limit, bool sent) =>
        OnTheWay(endpoint, new TimeoutException($"nothing within {limit.TotalMilliseconds:0} ms"), sent);

    /// <summary>The server answered with an error status.</summary>
    public static CoordinationException Answered(Uri endpoint, int status, ReadOnlySpan<byte> body)
    {
        if (Error(body) is { Message: { } message } error)
        {
            return Answered(endpoint, error.GrpcCode, message);
        }

        var text = System.Text.Encoding.UTF8.GetString(body[..Math.Min(body.Length, 200)]).Trim();
        return status >= 500
            ? new CoordinationException(CoordinationFault.Indeterminate, $"{endpoint.Authority} answers {status}: {text}")
            : new CoordinationException(
                CoordinationFault.Rejected,
                text.Contains("HTTPS", StringComparison.Ordinal)
                    ? $"etcd at {endpoint.Authority} wants TLS: write https:// in coordination.etcd."
                    : $"{endpoint.Authority} answers {status}: {text}. Is this etcd 3.4 or newer, with its gateway enabled " +
                    "(--enable-grpc-gateway)?");
    }

    /// <summary>The server answered with a gRPC status.</summary>
    public static CoordinationException Answered(Uri endpoint, int grpcCode, string message)
    {
        var (fault, remedy) = Judge((GrpcCode)grpcCode, message);
        return new CoordinationException(
            fault, $"etcd at {endpoint.Authority}: {message.Replace("etcdserver: ", "", StringComparison.Ordinal)}.{remedy}");
    }

    /// <summary>The token we showed is not known (any more): log in again and repeat; nothing was done.</summary>
    public static bool AsksForLogin(CoordinationException exception) =>
        exception.Fault == CoordinationFault.Unauthenticated &&
        (exception.Message.Contains("invalid auth token", StringComparison.Ordinal) ||
         exception.Message.Contains("user name is empty", StringComparison.Ordinal) ||
         exception.Message.Contains("auth store is old", StringComparison.Ordinal));

    /// <summary>Log-in was asked for, but the cluster has it turned off.</summary>
    public static bool LoginIsOff(CoordinationException exception) =>
        exception.Message.Contains("authentication is not enabled", StringComparison.Ordinal);

    private static (CoordinationFault Fault, string Remedy) Judge(GrpcCode code, string message)
    {
        bool Says(string part) => message.Contains(part, StringComparison.OrdinalIgnoreCase);
        if (Says("database space exceeded"))
        {
            return (CoordinationFault.Rejected,
                " It takes no more writes: compact and defragment it, raise --quota-backend-bytes, then `etcdctl alarm disarm`.");
        }

        if (Says("invalid auth token") || Says("user name is empty") || Says("auth store is old") || Says("invalid user ID or password"))
        {
            return (CoordinationFault.Unauthenticated, " Check user and password in the coordination section.");
        }

        return code switch
        {
            GrpcCode.Unauthenticated => (CoordinationFault.Unauthenticated, " Check user and password in the coordination section."),
            GrpcCode.PermissionDenied =>
                (CoordinationFault.Forbidden, " Grant the user read and write on the system's keys (`etcdctl role grant-permission`)."),
            GrpcCode.NotFound when Says("lease not found") => (CoordinationFault.LeaseGone, ""),
            GrpcCode.Unavailable when Says("no leader") =>
                (CoordinationFault.Indeterminate, " Most of its servers are down or cut off: bring back a majority."),
            // Unknown and Cancelled are how the gateway reports its own broken connection; Internal and DataLoss say nothing about the
            // write.
            GrpcCode.Unavailable or GrpcCode.DeadlineExceeded or GrpcCode.Unknown or GrpcCode.Cancelled or GrpcCode.Aborted
                or GrpcCode.Internal or GrpcCode.DataLoss => (CoordinationFault.Indeterminate, ""),
            _ => (CoordinationFault.Rejected, ""),
        };
    }

    private static StreamError? Error(ReadOnlySpan<byte> body)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(body, EtcdJson.Default.ErrorResponse);
            return answer is { Message: null, Error: { ValueKind: JsonValueKind.Object } inner }
                ? inner.Deserialize(EtcdJson.Default.StreamError)
                : new StreamError(answer?.Code ?? 0, answer?.Message);
        }
        catch (JsonException)
        {
            // Not the gateway's own answer: a proxy's page, or another server altogether. The status has to do.
            return null;
        }
    }

    private static string Scheme(Uri endpoint, Exception exception) =>
        endpoint.Scheme == Uri.UriSchemeHttps
            && exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or IOException
            ? "; if it does not speak TLS, write http:// in coordination.etcd"
            : "";

    private static string? CertificateTrouble(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            // A server that refuses our certificate says so after the handshake (TLS 1.3): it arrives as an alert while reading.
            if (inner is AuthenticationException || inner.Message.Contains("SSL_ERROR_SSL", StringComparison.Ordinal) ||
                (inner.Message.Contains("alert", StringComparison.OrdinalIgnoreCase)
                    && inner.Message.Contains("SSL", StringComparison.OrdinalIgnoreCase)))
            {
                return Innermost(inner).Message.TrimEnd('.');
            }
        }

        return null;
    }

    private static string Reason(Exception exception) => Innermost(exception) switch
    {
        SocketException socket => socket.Message,
        OperationCanceledException => "no answer in time",
        var other => other.Message.TrimEnd('.'),
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private enum GrpcCode
    {
        Ok, Cancelled, Unknown, InvalidArgument, DeadlineExceeded, NotFound, AlreadyExists, PermissionDenied,
        ResourceExhausted, FailedPrecondition, Aborted, OutOfRange, Unimplemented, Internal, Unavailable, DataLoss, Unauthenticated,
    }
}
