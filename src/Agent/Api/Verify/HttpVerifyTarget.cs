using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Api.Changes;
using Holdfast.Coordination.Http;
using Holdfast.Core.Topology;
using Holdfast.Verification;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;

namespace Holdfast.Agent.Api.Verify;

/// <summary>Another member, asked through its agent. An agent that restarts is waited for.</summary>
public sealed class HttpVerifyTarget : IVerifyTarget
{
    private static readonly TimeSpan Answered = VerifyRoutes.Limit + TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AwayLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(250);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly MemberSpec _member;
    private readonly TimeProvider _time;
    private readonly Uri _base;
    private readonly TimeSpan _away;

    /// <param name="away">How long an agent may not answer at all before that is a fault; null: 20 s.</param>
    /// <exception cref="VerifyException">The certificate authority's file cannot be read.</exception>
    public HttpVerifyTarget(SystemSpec system, MemberSpec member, TimeProvider time, TimeSpan? away = null)
    {
        (_member, _time, _away) = (member, time, away ?? AwayLimit);
        _base = new Uri($"{(system.Security.HasTls ? "https" : "http")}://{member.Agent}/v1/verify/");
        _http = new HttpClient(new TornConnections(AgentHttp.Handler(system.Security))) { Timeout = Timeout.InfiniteTimeSpan };
        if (system.Security.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        }

        _http.DefaultRequestHeaders.Add(Addressee.Header, Addressee.Of(system.Name, member.Name));
    }

    public string Member => _member.Name;

    public Task<MemberLook> LookAsync(CancellationToken cancellationToken) =>
        AskAsync("look", new VerifyCall(), VerifyJson.Plain.MemberLook, cancellationToken);

    public Task<MemberLook> WaitAsync(ulong position, TimeSpan limit, CancellationToken cancellationToken) => AskAsync(
        "wait", new VerifyCall { Position = position, Milliseconds = limit.TotalMilliseconds }, VerifyJson.Plain.MemberLook, cancellationToken);

    public Task PushLogAsync(CancellationToken cancellationToken) =>
        AskAsync("push", new VerifyCall(), VerifyCallJson.Default.VerifyFlag, cancellationToken);

    public async Task<bool> SettledAsync(ulong horizon, TimeSpan limit, CancellationToken cancellationToken) => (await AskAsync(
        "settled", new VerifyCall { Horizon = horizon, Milliseconds = limit.TotalMilliseconds }, VerifyCallJson.Default.VerifyFlag, cancellationToken)).Value;

    public Task<DatabaseInventory> InventoryAsync(string database, CancellationToken cancellationToken) =>
        AskAsync("inventory", new VerifyCall { Database = database }, VerifyJson.Plain.DatabaseInventory, cancellationToken);

    public Task<ImmutableArray<SequenceState>> SequencesAsync(
        string database, ImmutableArray<RelationName> names, CancellationToken cancellationToken) => AskAsync(
        "sequences", new VerifyCall { Database = database, Names = names }, VerifyJson.Plain.ImmutableArraySequenceState, cancellationToken);

    public Task<ChunkDigest> DigestAsync(ChunkRequest chunk, CancellationToken cancellationToken) =>
        AskAsync("digest", Of(chunk), VerifyJson.Plain.ChunkDigest, cancellationToken);

    public Task<ImmutableArray<BucketDigest>> BucketsAsync(ChunkRequest chunk, CancellationToken cancellationToken) =>
        AskAsync("buckets", Of(chunk), VerifyJson.Plain.ImmutableArrayBucketDigest, cancellationToken);

    public Task<RowList> RowsAsync(ChunkRequest chunk, ImmutableArray<int> buckets, int limit, CancellationToken cancellationToken) =>
        AskAsync("rows", Of(chunk) with { Buckets = buckets, Rows = limit }, VerifyJson.Plain.RowList, cancellationToken);

    public Task<TablePart> NextPartAsync(TableRef table, ImmutableArray<string> after, int rows, CancellationToken cancellationToken) => AskAsync(
        "next-part", new VerifyCall { Table = table, After = after, Rows = rows }, VerifyJson.Plain.TablePart, cancellationToken);

    public Task<ImmutableArray<int>> AbsentAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) => AskAsync(
        "absent", new VerifyCall { Table = table, Keys = keys }, VerifyJson.Plain.ImmutableArrayInt32, cancellationToken);

    public Task<KeyLook> KeysAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, TimeSpan lasting, CancellationToken cancellationToken) => AskAsync(
        "keys", new VerifyCall { Table = table, Keys = keys, Milliseconds = lasting.TotalMilliseconds }, VerifyJson.Plain.KeyLook, cancellationToken);

    public Task<ImmutableArray<ImmutableArray<long>?>> ColumnsAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) => AskAsync(
        "columns", new VerifyCall { Table = table, Keys = keys }, VerifyJson.Plain.ImmutableArrayNullableImmutableArrayInt64, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static VerifyCall Of(ChunkRequest chunk) => new() { Table = chunk.Table, Range = chunk.Range };

    private async Task<T> AskAsync<T>(string operation, VerifyCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(call, VerifyCallJson.Default.VerifyCall);
        var start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return await SendAsync(operation, body, type, cancellationToken);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                // Every operation only reads, so asking twice does no harm.
                if (_time.GetElapsedTime(start) >= _away)
                {
                    throw Unreachable($"does not answer on {_member.Agent} ({fault.Message}): is it running, and is the address right?", fault);
                }
            }

            await Task.Delay(AwayPause, _time, cancellationToken);
        }
    }

    private async Task<T> SendAsync<T>(string operation, byte[] body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(Answered, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, operation)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = Json;
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            if (response.IsSuccessStatusCode)
            {
                return await JsonSerializer.DeserializeAsync(stream, type, either.Token) ?? throw Unreachable("gives an empty answer", null);
            }

            if (response.StatusCode == System.Net.HttpStatusCode.Conflict)
            {
                var problem = await JsonSerializer.DeserializeAsync(stream, VerifyCallJson.Default.VerifyProblem, either.Token);
                throw new VerifyException(problem!.Fault, problem.Error);
            }

            var error = await JsonSerializer.DeserializeAsync(stream, ApiJson.Default.ApiError, either.Token);
            throw Unreachable($"refuses: {error?.Error}{(error?.Remedy is { } remedy ? $"; {remedy}" : "")}", null);
        }
        catch (JsonException exception)
        {
            throw Unreachable($"does not answer like an agent of this version ({exception.Message})", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"gives no answer on {_member.Agent} within {Answered.TotalSeconds:0} s", exception);
        }
    }

    private VerifyException Unreachable(string what, Exception? inner) => inner is null
        ? new VerifyException(VerifyFault.Unreachable, $"the agent of {_member.Name} {what}")
        : new VerifyException(VerifyFault.Unreachable, $"the agent of {_member.Name} {what}", inner);
}
