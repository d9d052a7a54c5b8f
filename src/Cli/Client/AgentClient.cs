using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Backup;
using Holdfast.Cli.CommandLine;
using Holdfast.Coordination.Http;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>An agent's answer: a value, or why there is none.</summary>
/// <param name="Value">Null: no (usable) answer.</param>
/// <param name="Problem">Null when there is a value.</param>
/// <param name="NotSent">The request certainly did not reach the agent, so another may be asked.</param>
internal sealed record AgentAnswer<T>(T? Value, string? Problem, bool NotSent = false, HttpStatusCode? Status = null) where T : class;

/// <summary>Talks HTTP to the agents of a system. Every call has a deadline; faults are values.</summary>
internal sealed partial class AgentClient : IDisposable
{
    /// <summary>A host that does not even take a connection in this time is taken for gone.</summary>
    public static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);
    /// <summary>Longer than <see cref="ConnectLimit"/>: whoever took the connection is there, and may only be busy.</summary>
    public static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(3);
    /// <summary>Longer than the agent's own limit, so that its explanation arrives.</summary>
    public static readonly TimeSpan ChangeLimit = TimeSpan.FromSeconds(8);

    /// <summary>The same, for what the agent itself has to look up elsewhere.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(25);
    /// <summary>Until what is committed is archived.</summary>
    private static readonly TimeSpan RestoreLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly SystemSpec _system;
    private readonly TimeProvider _time;

    /// <exception cref="CliException">The authority's file cannot be read.</exception>
    public AgentClient(SystemSpec system, TimeProvider time)
    {
        (_system, _time) = (system, time);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectLimit,
        };
        if (system.Security.TlsCaFile is { } authority)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(authority) };
        }

        _http = new HttpClient(new TornConnections(handler)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 4 << 20 };
        if (system.Security.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        }
    }

    public Task<AgentAnswer<GroupStatus>> StatusAsync(MemberSpec agent, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/status", body: null, ApiJson.Plain.GroupStatus, limit, cancellationToken);

    public async Task<ImmutableArray<HistoryEntry>?> HistoryAsync(MemberSpec agent, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            agent, HttpMethod.Get, "v1/history", body: null, ApiJson.Plain.HistoryEntryArray, ChangeLimit, cancellationToken);
        return answer.Value?.ToImmutableArray();
    }

    public Task<AgentAnswer<MoveProgress>> MoveAsync(MemberSpec agent, string id, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, $"v1/moves/{Uri.EscapeDataString(id)}",
            body: null, ApiJson.Plain.MoveProgress, ReadLimit, cancellationToken);

    /// <summary>Moves between sites, newest first.</summary>
    public Task<AgentAnswer<SiteMoveStatus[]>> SiteMovesAsync(MemberSpec agent, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/site-moves", body: null, ApiJson.Plain.SiteMoveStatusArray, limit, cancellationToken);

    /// <param name="body">A JSON object; null: none.</param>
    public Task<AgentAnswer<CommandResult>> ChangeAsync(MemberSpec agent, string path, string? body, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Post, path, body, ApiJson.Plain.CommandResult, ChangeLimit, cancellationToken);

    /// <summary>Backups of the agent's store at its site. It looks through the repository, which may take a while.</summary>
    public Task<AgentAnswer<BackupReport>> BackupsAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/backups", body: null, ApiJson.Plain.BackupReport, LookLimit, cancellationToken);

    /// <summary>The backup that the agent takes, and the last one that it took.</summary>
    public Task<AgentAnswer<BackupActivity>> BackupActivityAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/backups/running", body: null, ApiJson.Plain.BackupActivity, ReadLimit, cancellationToken);

    /// <summary>How a restore in place fares, as this agent sees it.</summary>
    public Task<AgentAnswer<RestoreStatus>> RestoreStatusAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/restore", body: null, ApiJson.Plain.RestoreStatus, ChangeLimit, cancellationToken);

    /// <summary>Asks the primary's agent for a restore in place, or what one would do.</summary>
    public Task<AgentAnswer<RestoreOffer>> RestoreAsync(MemberSpec agent, string body, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Post, "v1/restore", body, ApiJson.Plain.RestoreOffer, RestoreLimit, cancellationToken);

    /// <summary>Test restores and scans of the agent's store at its site.</summary>
    public Task<AgentAnswer<RestoreTestReport>> RestoreTestsAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/test-restores", body: null, ApiJson.Plain.RestoreTestReport, ReadLimit, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<AgentAnswer<T>> SendAsync<T>(
        MemberSpec agent, HttpMethod method, string path, string? body, JsonTypeInfo<T> type, TimeSpan limit, CancellationToken cancellationToken)
        where T : class
    {
        using var request = RequestTo(agent, method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var clock = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            var text = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (response.IsSuccessStatusCode)
            {
                var value = JsonSerializer.Deserialize(text, type);
                return value is null ? new(null, Nonsense(agent)) : new(value, null, NotSent: false, response.StatusCode);
            }

            var error = JsonSerializer.Deserialize(text, ApiJson.Plain.ApiError);
            var why = error is null ? Nonsense(agent) : error.Remedy is null ? error.Error : $"{error.Error}; {error.Remedy}";
            return new(null, why, NotSent: false, response.StatusCode);
        }
        catch (JsonException)
        {
            return new(null, Nonsense(agent));
        }
        catch (OperationCanceledException) when (!clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(null, $"no connection to {agent.Agent} within {ConnectLimit.TotalSeconds:0.#} s", NotSent: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"no answer from {agent.Agent} within {limit.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException fault)
        {
            return Explain<T>(agent, fault);
        }
    }

    private static AgentAnswer<T> Explain<T>(MemberSpec agent, HttpRequestException fault) where T : class => fault.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => new(null, $"nothing listens on {agent.Agent}, or it cannot be reached", NotSent: true),
        HttpRequestError.NameResolutionError => new(null, $"the name {agent.Agent.Host} cannot be resolved", NotSent: true),
        HttpRequestError.SecureConnectionError => new(
            null,
            fault.InnerException is AuthenticationException refused
                ? $"TLS with {agent.Agent} failed ({refused.Message}); check security.tls of the file"
                : $"TLS with {agent.Agent} failed; check security.tls of the file",
            NotSent: true),
        _ => new(null, $"{agent.Agent} broke off the connection"),
    };

    // Whom it is meant for goes along: an agent of another member, or of another system, then does nothing.
    private HttpRequestMessage RequestTo(MemberSpec agent, HttpMethod method, string path) =>
        new(method, AddressOf(agent, path)) { Headers = { { Addressee.Header, Addressee.Of(_system.Name, agent.Name) } } };

    private string AddressOf(MemberSpec agent, string path) => $"{(_system.Security.HasTls ? "https" : "http")}://{agent.Agent}/{path}";

    private static string Nonsense(MemberSpec agent) => $"{agent.Agent} does not answer like an agent; is its port another program's?";

    private static X509ChainPolicy Trust(string authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(authority);
            return policy;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException(
                ExitCode.Failed, $"the certificate authority {authority} cannot be read ({fault.Message}); correct security.tls of the file");
        }
    }
}
