using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd;

/// <summary>Trust and identity for TLS, read from the PEM files that the spec names.</summary>
internal static class EtcdTls
{
    /// <summary>Fresh options for one server.</summary>
    /// <exception cref="CoordinationException">A file is missing or not what it should be (<see
    /// cref="CoordinationFault.Certificate"/>).</exception>
    public static SslClientAuthenticationOptions Options(CoordinationSpec spec)
    {
        var options = new SslClientAuthenticationOptions();
        if (spec.CaFile is { } authority)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(Load(authority, "the certificate authority (ca-file)", LoadAuthority));
            options.CertificateChainPolicy = policy;
        }

        if (spec.CertificateFile is { } file)
        {
            var certificate = Load(file, "the client certificate", path => LoadIdentity(path, spec.KeyFile));
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        }

        return options;
    }

    private static X509Certificate2Collection LoadAuthority(string path)
    {
        var collection = new X509Certificate2Collection();
        collection.ImportFromPemFile(path);
        return collection.Count > 0 ? collection : throw new CryptographicException("it holds no PEM certificate");
    }

    private static X509Certificate2 LoadIdentity(string path, string? keyFile) => X509Certificate2.CreateFromPemFile(path, keyFile ?? path);

    private static T Load<T>(string path, string what, Func<string, T> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new CoordinationException(
                CoordinationFault.Certificate,
                $"Cannot use {what} for etcd, {path}: {exception.Message} Name a readable PEM file, with its key, in the coordination " +
                "section.",
                exception);
        }
    }
}
