using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Agent.Api.Health;
using Holdfast.Agent.Api.Probe;
using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Backup;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Api;

/// <summary>
/// The JSON of the API, for the agent that writes it and for the command that reads it. Names are camelCase; unknown fields are skipped.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(GroupStatus))]
[JsonSerializable(typeof(ImmutableArray<HistoryEntry>))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(HistoryEntry[]))]
[JsonSerializable(typeof(MoveProgress))]
[JsonSerializable(typeof(CommandResult))]
[JsonSerializable(typeof(ImmutableArray<SiteMoveStatus>))]
[JsonSerializable(typeof(SiteMoveStatus))]
[JsonSerializable(typeof(SiteMoveStatus[]))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(ServingAnswer))]
[JsonSerializable(typeof(MemberFacts))]
[JsonSerializable(typeof(LinkProbe))]
[JsonSerializable(typeof(BackupActivity))]
[JsonSerializable(typeof(BackupReport))]
[JsonSerializable(typeof(BackupReport[]))]
[JsonSerializable(typeof(RestoreStatus))]
[JsonSerializable(typeof(RestoreOffer))]
[JsonSerializable(typeof(RestoreTestReport))]
[JsonSerializable(typeof(RestoreTestRecord))]
[JsonSerializable(typeof(RestoreTestResult))]
[JsonSerializable(typeof(RepositoryScan))]
[JsonSerializable(typeof(ApiError))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>As <see cref="Default"/>, but quotes and letters of other languages stay readable: it is never put into a web page.</summary>
    public static ApiJson Plain =>
        field ??= new ApiJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">What is wrong, in one clause.</param>
/// <param name="Remedy">What would help; null when <paramref name="Error"/> says it already.</param>
public sealed record ApiError(string Error, string? Remedy);
