using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Harness.Members;

/// <summary>How tests reach the API of agents: plainly, or by TLS.</summary>
public sealed class AgentAccess : IDisposable
{
    private readonly string _scheme;
    private readonly HttpClient _client;

    private AgentAccess(string scheme, SocketsHttpHandler handler) =>
        (_scheme, _client) = (scheme, new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(2) });

    public static AgentAccess Plain { get; } = new("http", new SocketsHttpHandler());

    /// <summary>By TLS, with a certificate authority of our own.</summary>
    public static AgentAccess Trusting(string authorityFile)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy =
            new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authorityFile));
        return new AgentAccess("https", handler);
    }

    /// <summary>What an agent answers to a GET; null: it does not answer, or refuses.</summary>
    public async Task<string?> GetAsync(string address, int port, string path)
    {
        try
        {
            return await _client.GetStringAsync(new Uri($"{_scheme}://{address}:{port}{path}"));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
