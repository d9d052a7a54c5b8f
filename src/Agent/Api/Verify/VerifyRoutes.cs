using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Api.Changes;
using Holdfast.Verification;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Targets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Verify;

/// <summary>
/// Lets whoever bears the token compare this member with others: <c>POST /v1/verify/OPERATION</c>. Each operation reads, is bounded, and ends
/// when the caller goes away.
/// </summary>
internal sealed class VerifyRoutes(IVerifyTarget target, CallerRule callers, TimeProvider time)
{
    /// <summary>Of a body: some hundred keys. An index limits each to less than 3 kB; names in stores of keys and values may be longer.</summary>
    private const int MaxBytes = 32 << 20;
    private const int MaxRows = 50_000;
    private const int MaxKeys = 1000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    /// <summary>Longer than a statement may take, with some attempts; no caller waits longer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, "look", (_, token) => target.LookAsync(token), VerifyJson.Plain.MemberLook);
        Post(routes, "wait", (call, token) => target.WaitAsync(call.Position, Bounded(call.Milliseconds), token), VerifyJson.Plain.MemberLook);
        Post(routes, "push", async (_, token) =>
        {
            await target.PushLogAsync(token);
            return new VerifyFlag(true);
        }, VerifyCallJson.Default.VerifyFlag);
        Post(
            routes, "settled", async (call, token) => new VerifyFlag(await target.SettledAsync(call.Horizon, Bounded(call.Milliseconds), token)),
            VerifyCallJson.Default.VerifyFlag);
        Post(routes, "inventory", (call, token) => target.InventoryAsync(Database(call), token), VerifyJson.Plain.DatabaseInventory);
        Post(
            routes, "sequences", (call, token) => target.SequencesAsync(Database(call), call.Names, token),
            VerifyJson.Plain.ImmutableArraySequenceState);
        Post(routes, "digest", (call, token) => target.DigestAsync(Chunk(call), token), VerifyJson.Plain.ChunkDigest);
        Post(routes, "buckets", (call, token) => target.BucketsAsync(Chunk(call), token), VerifyJson.Plain.ImmutableArrayBucketDigest);
        Post(
            routes, "rows", (call, token) => target.RowsAsync(Chunk(call), call.Buckets, Math.Clamp(call.Rows, 1, MaxRows), token),
            VerifyJson.Plain.RowList);
        Post(
            routes, "next-part", (call, token) => target.NextPartAsync(Table(call), call.After, Math.Max(1, call.Rows), token),
            VerifyJson.Plain.TablePart);
        Post(routes, "absent", (call, token) => target.AbsentAsync(Table(call), Keys(call), token), VerifyJson.Plain.ImmutableArrayInt32);
        Post(
            routes, "keys", (call, token) => target.KeysAsync(Table(call), Keys(call), Bounded(call.Milliseconds), token),
            VerifyJson.Plain.KeyLook);
        Post(
            routes, "columns", (call, token) => target.ColumnsAsync(Table(call), Keys(call), token),
            VerifyJson.Plain.ImmutableArrayNullableImmutableArrayInt64);
    }

    private void Post<T>(
        IEndpointRouteBuilder routes, string operation, Func<VerifyCall, CancellationToken, Task<T>> answer, JsonTypeInfo<T> type) =>
        routes.MapMethods($"/v1/verify/{operation}", [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var clock = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, context.RequestAborted);
            var call = await ReadAsync(context, either.Token);
            try
            {
                var body = await answer(call, either.Token);
                await Answer.JsonAsync(context, StatusCodes.Status200OK, body, type);
            }
            catch (VerifyException fault)
            {
                await Answer.JsonAsync(
                    context, StatusCodes.Status409Conflict, new VerifyProblem(fault.Fault, fault.Message), VerifyCallJson.Default.VerifyProblem);
            }
            catch (OperationCanceledException) when (clock.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                await Answer.JsonAsync(
                    context, StatusCodes.Status409Conflict,
                    new VerifyProblem(VerifyFault.TooLong, $"reading takes longer than {Limit.TotalMinutes:0} min at {target.Member}"),
                    VerifyCallJson.Default.VerifyProblem);
            }
        }));

    private static async Task<VerifyCall> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxBytes;
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, VerifyCallJson.Default.VerifyCall, cancellationToken)
                ?? throw Bad("the body is null");
        }
        catch (JsonException wrong)
        {
            throw Bad($"the body is not what a comparison sends: {wrong.Message}");
        }
    }

    private static TimeSpan Bounded(double milliseconds) =>
        TimeSpan.FromMilliseconds(Math.Clamp(double.IsNaN(milliseconds) ? 0 : milliseconds, 0, LongestWait.TotalMilliseconds));

    private static string Database(VerifyCall call) => call.Database is { Length: > 0 } name ? name : throw Bad("the body names no database");

    private static TableRef Table(VerifyCall call) => call.Table ?? throw Bad("the body names no table");

    private static ChunkRequest Chunk(VerifyCall call)
    {
        var range = call.Range ?? throw Bad("the body names no range");
        return call.Buckets.All(bucket => bucket is >= 0 and < BucketDigest.Count)
            ? new ChunkRequest(Table(call), range)
            : throw Bad($"a bucket is a number from 0 to {BucketDigest.Count - 1}");
    }

    private static ImmutableArray<ImmutableArray<string>> Keys(VerifyCall call) =>
        call.Keys.Length is > 0 and <= MaxKeys ? call.Keys : throw Bad($"1 to {MaxKeys} keys may be looked up at a time");

    private static ApiRefusalException Bad(string error) =>
        new(StatusCodes.Status400BadRequest, error, "use 'holdfast verify' of the version that the agents run");
}
