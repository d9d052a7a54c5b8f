using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Holdfast.Harness.Etcd;

/// <param name="Self">The server's own id.</param>
/// <param name="Leader">Id of the leader that it knows; 0: none.</param>
/// <param name="Term">Rises with each election.</param>
public sealed record EtcdView(ulong Self, ulong Leader, ulong Term);

/// <summary>Administers a cluster: log-in, compaction, alarms, who leads. Goes to the first server that answers.</summary>
public sealed class EtcdAdmin : IDisposable
{
    private readonly EtcdCluster _cluster;
    private readonly HttpClient _client;
    private string? _password;
    private string? _token;

    internal EtcdAdmin(EtcdCluster cluster)
    {
        _cluster = cluster;
        var handler = new SocketsHttpHandler();
        if (cluster.Options.Certificates is { } certificates)
        {
            handler.SslOptions.CertificateChainPolicy =
                new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(
                X509CertificateLoader.LoadCertificateFromFile(certificates.CaFile));
            handler.SslOptions.ClientCertificates =
                [X509Certificate2.CreateFromPemFile(certificates.ClientFile, certificates.ClientKeyFile)];
        }

        _client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>Creates user <c>root</c> with role <c>root</c> and turns log-in on.</summary>
    public async Task EnableLoginAsync(string rootPassword)
    {
        await CallAsync("auth/user/add", new { name = "root", password = rootPassword });
        await CallAsync("auth/role/add", new { name = "root" });
        await CallAsync("auth/user/grant", new { user = "root", role = "root" });
        await CallAsync("auth/enable", new { });
        _password = rootPassword;
    }

    /// <summary>Adds a user who may read and write keys under <paramref name="prefix"/> and nothing else.</summary>
    public async Task AddUserAsync(string user, string password, string prefix)
    {
        await CallAsync("auth/user/add", new { name = user, password });
        await CallAsync("auth/role/add", new { name = user });
        var first = Encoding.UTF8.GetBytes(prefix);
        var end = (byte[])first.Clone();
        end[^1]++;
        await CallAsync("auth/role/grant", new { name = user, perm = new { permType = "READWRITE", key = first, range_end = end } });
        await CallAsync("auth/user/grant", new { user, role = user });
    }

    /// <summary>Forgets all history before <paramref name="revision"/>.</summary>
    public Task CompactAsync(long revision) => CallAsync("kv/compaction", new { revision, physical = true });

    /// <summary>Clears the alarm that a full database leaves behind.</summary>
    public Task DisarmAsync() => CallAsync("maintenance/alarm", new { action = "DEACTIVATE", alarm = "NOSPACE" });

    /// <summary>The server that leads now; null: none does, or nobody answers.</summary>
    public async Task<EtcdServer?> LeaderAsync()
    {
        foreach (var server in _cluster.Servers)
        {
            try
            {
                if (await ViewAsync(server) is { Leader: not 0 } view && view.Leader == view.Self)
                {
                    return server;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                continue;
            }
        }

        return null;
    }

    /// <summary>What a server says of itself: who leads, and in which term.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<EtcdView> ViewAsync(EtcdServer server)
    {
        var status = await PostAsync(server, "maintenance/status", new { });
        return new EtcdView(Number(status.GetProperty("header"), "member_id"), Number(status, "leader"), Number(status, "raftTerm"));
    }

    /// <summary>Makes this server the leader.</summary>
    public async Task LeadAsync(EtcdServer wanted)
    {
        if (await LeaderAsync() is { } leader && leader != wanted)
        {
            var target = (await ViewAsync(wanted)).Self.ToString(CultureInfo.InvariantCulture);
            try
            {
                await PostAsync(leader, "maintenance/transfer-leadership", new { targetID = target });
            }
            catch (TaskCanceledException exception) when (exception.InnerException is TimeoutException)
            {
                // Whether it has come to lead is asked below.
            }
        }

        await Eventually.TrueAsync(async () => await LeaderAsync() == wanted, TimeSpan.FromSeconds(10), () => $"{wanted.Name} does not come to lead");
    }

    /// <summary>A key's text; null: there is none.</summary>
    public async Task<string?> ValueAsync(string key)
    {
        var answer = await CallAsync("kv/range", new { key = Encoding.UTF8.GetBytes(key) });
        return answer.TryGetProperty("kvs", out var found) && found[0].TryGetProperty("value", out var value)
            ? Encoding.UTF8.GetString(value.GetBytesFromBase64())
            : null;
    }

    /// <summary>Any call of the gateway, by its path after <c>/v3/</c>.</summary>
    /// <exception cref="HttpRequestException">Nobody answers, or the answer is an error.</exception>
    public async Task<JsonElement> CallAsync(string path, object request)
    {
        if (_password is not null && _token is null)
        {
            var server = _cluster.Servers[0];
            _token = (await PostAsync(server, "auth/authenticate", new { name = "root", password = _password })).GetProperty("token")
                .GetString();
        }

        var last = new HttpRequestException("the cluster has no servers");
        foreach (var server in _cluster.Servers)
        {
            try
            {
                return await PostAsync(server, path, request);
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null)
            {
                last = exception;
            }
        }

        throw last;
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> PostAsync(EtcdServer server, string path, object request)
    {
        using var message = new HttpRequestMessage(
            HttpMethod.Post, new Uri(server.ClientAddress, $"/v3/{path}"))
        { Content = JsonContent.Create(request) };
        if (_token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", _token);
        }

        using var response = await _client.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new HttpRequestException(
                $"etcd {server.Name} answers {path} with {(int)response.StatusCode}: {text}", null, response.StatusCode);
    }

    private static ulong Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? ulong.Parse(value.GetString() ?? "0", CultureInfo.InvariantCulture) : 0;
}
