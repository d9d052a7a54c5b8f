using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Running;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification;

/// <summary>The JSON of results, of the saved state, and of what targets answer to each other over a network. Names are camelCase.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(VerifyState))]
[JsonSerializable(typeof(MemberLook))]
[JsonSerializable(typeof(DatabaseInventory))]
[JsonSerializable(typeof(ImmutableArray<SequenceState>))]
[JsonSerializable(typeof(ChunkDigest))]
[JsonSerializable(typeof(ImmutableArray<BucketDigest>))]
[JsonSerializable(typeof(RowList))]
[JsonSerializable(typeof(KeyLook))]
[JsonSerializable(typeof(TableRef))]
[JsonSerializable(typeof(ChunkRange))]
[JsonSerializable(typeof(ImmutableArray<RelationName>))]
[JsonSerializable(typeof(ImmutableArray<ImmutableArray<string>>))]
[JsonSerializable(typeof(ImmutableArray<ImmutableArray<long>?>))]
[JsonSerializable(typeof(TablePart))]
[JsonSerializable(typeof(ImmutableArray<int>))]
public sealed partial class VerifyJson : JsonSerializerContext
{
    /// <summary>As <see cref="Default"/>, but quotes and letters of other languages stay readable: it is never put into a web page.</summary>
    public static VerifyJson Plain =>
        field ??= new VerifyJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
