using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Targets;

namespace Holdfast.Agent.Api.Verify;

/// <summary>
/// The body of each <c>POST /v1/verify/OPERATION</c>; an operation reads what it needs of it. Names, numbers and keys only: the statements are
/// written by the member that runs them.
/// </summary>
internal sealed record VerifyCall
{
    public ulong Position { get; init; }
    public ulong Horizon { get; init; }
    public double Milliseconds { get; init; }
    public string? Database { get; init; }
    public ImmutableArray<RelationName> Names { get; init; } = [];
    public TableRef? Table { get; init; }
    public ChunkRange? Range { get; init; }
    public ImmutableArray<int> Buckets { get; init; } = [];
    public int Rows { get; init; }
    public ImmutableArray<ImmutableArray<string>> Keys { get; init; } = [];
    public ImmutableArray<string> After { get; init; } = [];
}

/// <summary>Why an operation has no answer; the body of status 409.</summary>
internal sealed record VerifyProblem(VerifyFault Fault, string Error);

/// <summary>For answers that are not objects.</summary>
internal sealed record VerifyFlag(bool Value);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UseStringEnumConverter = true, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(VerifyCall))]
[JsonSerializable(typeof(VerifyProblem))]
[JsonSerializable(typeof(VerifyFlag))]
internal sealed partial class VerifyCallJson : JsonSerializerContext;
