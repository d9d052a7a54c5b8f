using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Core.Topology;
using Holdfast.Verification.Targets;

namespace Holdfast.Agent.Api.Verify;

/// <summary>How one agent, or the command, connects to another agent.</summary>
internal static class AgentHttp
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="VerifyException">The certificate authority's file cannot be read.</exception>
    public static SocketsHttpHandler Handler(SecuritySpec security)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = ConnectLimit };
        if (security.TlsCaFile is { } authority)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            try
            {
                policy.CustomTrustStore.ImportFromPemFile(authority);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new VerifyException(
                    VerifyFault.Failed, $"the certificate authority {authority} cannot be read ({fault.Message}); correct security.tls of the file", fault);
            }

            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }
}
