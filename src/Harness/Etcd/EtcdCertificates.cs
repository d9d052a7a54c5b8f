using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Harness.Etcd;

/// <summary>A certificate authority made on the spot, with a certificate for servers on loopback and one for clients, as PEM
/// files.</summary>
public sealed record EtcdCertificates(string CaFile, string ServerFile, string ServerKeyFile, string ClientFile, string ClientKeyFile)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Writes the five files into <paramref name="folder"/>; keys are readable by their owner only.</summary>
    /// <param name="hosts">Names and addresses the server's certificate is good for; none: this machine's loopback.</param>
    public static EtcdCertificates Create(string folder, params string[] hosts)
    {
        Directory.CreateDirectory(folder);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Holdfast test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        var (from, until) = (now.AddHours(-1), now.AddDays(1));
        using var authority = request.CreateSelfSigned(from, until);
        var files = new EtcdCertificates(
            Path.Combine(folder, "ca.pem"), Path.Combine(folder, "server.pem"), Path.Combine(folder, "server-key.pem"),
            Path.Combine(folder, "client.pem"), Path.Combine(folder, "client-key.pem"));
        File.WriteAllText(files.CaFile, authority.ExportCertificatePem());
        // The gateway inside etcd is a client of etcd itself, and shows the server's certificate: it must serve for both.
        Issue(authority, from, until, "CN=etcd", hosts.Length > 0 ? hosts : ["127.0.0.1", "localhost"], files.ServerFile,
            files.ServerKeyFile, ServerAuthentication, ClientAuthentication);
        Issue(authority, from, until, "CN=holdfast", ["holdfast"], files.ClientFile, files.ClientKeyFile, ClientAuthentication);
        return files;
    }

    private static void Issue(
        X509Certificate2 authority, DateTimeOffset validFrom, DateTimeOffset validUntil, string subject, string[] hosts,
        string file, string keyFile, params string[] purposes)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([.. purposes.Select(purpose => new Oid(purpose))], critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(authority, validFrom, validUntil, RandomNumberGenerator.GetBytes(12));
        File.WriteAllText(file, certificate.ExportCertificatePem());
        var owner = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var writer = new StreamWriter(keyFile, owner);
        writer.Write(key.ExportPkcs8PrivateKeyPem());
    }
}
