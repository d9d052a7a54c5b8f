using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Api;

/// <summary>The server certificate from its PEM files, read again when a file has changed, so that a renewal needs no restart.</summary>
internal sealed class ApiCertificate
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly Action<string, Exception>? _onFault;
    private readonly Lock _gate = new();
    private SslStreamCertificateContext _current;
    private (DateTime, DateTime) _stamp;
    private long _lookedAt;

    /// <exception cref="AgentApiException">A file cannot be read or does not hold what it should.</exception>
    public ApiCertificate(SecuritySpec security, TimeProvider time, Action<string, Exception>? onFault)
    {
        (_certificateFile, _keyFile, _time, _onFault) = (security.TlsCertificateFile!, security.TlsKeyFile!, time, onFault);
        try
        {
            (_current, _stamp, _lookedAt) = (Load(), Stamp(), time.GetTimestamp());
        }
        catch (Exception fault) when (IsFileFault(fault))
        {
            throw new AgentApiException(
                $"the TLS certificate {_certificateFile} with key {_keyFile} cannot be used ({fault.Message}): " +
                "both must be PEM, readable and belong together",
                fault);
        }
    }

    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_lookedAt) >= LookAgainAfter)
                {
                    _lookedAt = _time.GetTimestamp();
                    ReloadIfChanged();
                }

                return _current;
            }
        }
    }

    // A renewal writes two files; until both fit, the old certificate goes on serving.
    private void ReloadIfChanged()
    {
        try
        {
            var stamp = Stamp();
            if (stamp != _stamp)
            {
                _current = Load();
                _stamp = stamp;
            }
        }
        catch (Exception fault) when (IsFileFault(fault))
        {
            _onFault?.Invoke($"the changed TLS certificate {_certificateFile} cannot be used; the one before goes on serving", fault);
        }
    }

    private (DateTime Certificate, DateTime Key) Stamp() => (File.GetLastWriteTimeUtc(_certificateFile), File.GetLastWriteTimeUtc(_keyFile));

    private SslStreamCertificateContext Load()
    {
        var leaf = X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificateFile);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private static bool IsFileFault(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
