using System.Net.Sockets;
using System.Security.Authentication;

namespace Holdfast.Coordination.Etcd.Blocking;

/// <summary>
/// Finds out why a server closed a TLS connection. In TLS 1.3 the client is done before the server has judged its certificate; the refusal
/// comes while the client is sending already, and the reset that follows may discard it. So: connect anew, send nothing, and listen.
/// </summary>
internal static class RefusedCertificate
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <summary>The fault if the server refuses our certificate or the lack of one; null: it does not, or cannot be asked.</summary>
    public static CoordinationException? Find(Uri endpoint, CoordinationException unexplained, EtcdSession session, Deadline deadline)
    {
        if (endpoint.Scheme != Uri.UriSchemeHttps || deadline.IsOver || !WasClosed(unexplained))
        {
            return null;
        }

        try
        {
            var limit = deadline.Left < Longest ? deadline.Left : Longest;
            using var connection = BlockingConnection.Open(endpoint, session.Spec, new Deadline(session.Time, limit));
            connection.Listen(new Deadline(session.Time, limit));
            return null;
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException or TimeoutException)
        {
            var fault = EtcdFaults.OnTheWay(endpoint, exception, sent: true);
            return fault.Fault == CoordinationFault.Certificate ? fault : null;
        }
    }

    /// <summary>The connection was closed, and not just silent: silence has other reasons, and the time is needed for the other
    /// servers.</summary>
    private static bool WasClosed(CoordinationException exception)
    {
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
            {
                return false;
            }
        }

        return exception.Fault == CoordinationFault.Indeterminate && exception.InnerException is IOException or HttpRequestException
            or SocketException;
    }
}
