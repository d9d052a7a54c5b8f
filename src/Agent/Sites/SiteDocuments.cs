using System.Text.Json.Serialization;
using Holdfast.Agent.Records;

namespace Holdfast.Agent.Sites;

/// <summary>The site record as it is stored. Unknown fields are refused: they mean a newer format.</summary>
internal sealed record SiteRecordDocument
{
    public required int Format { get; init; }
    public required long Epoch { get; init; }
    public required string ActiveSite { get; init; }
    public required string State { get; init; }
    public string? MoveId { get; init; }
    public long Moves { get; init; }
    public uint? OwedTimeline { get; init; }
    public string? OwedLsn { get; init; }
    public string? Reason { get; init; }
}

internal sealed record SiteCardDocument
{
    public required int Format { get; init; }
    public required string Site { get; init; }
    public required long Epoch { get; init; }
    public required string Leader { get; init; }
    public bool Passive { get; init; }
    public string? SystemId { get; init; }
    public required LineageDocument[] Lineage { get; init; }
    public bool Serving { get; init; }
    public bool Healthy { get; init; }
    public string? Isolation { get; init; }
    public uint? Timeline { get; init; }
    public string? Lsn { get; init; }
    public long? LedgerClock { get; init; }
    public long? Clock { get; init; }
    public long Beat { get; init; }
}

internal sealed record SiteMoveDocument
{
    public required int Format { get; init; }
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    public required string State { get; init; }
    public bool AcceptDataLoss { get; init; }
    public string? Fenced { get; init; }
    public required string RequestedBy { get; init; }
    public long? RequestedAt { get; init; }
    public required SiteStepDocument[] Steps { get; init; }
    public uint? StoppedTimeline { get; init; }
    public string? StoppedLsn { get; init; }
    public uint? TakenTimeline { get; init; }
    public string? TakenLsn { get; init; }
    public string? Result { get; init; }
}

internal sealed record SiteStepDocument(string Step, string State, long? StartedAt, long? TookMs, string? Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SiteRecordDocument))]
[JsonSerializable(typeof(SiteCardDocument))]
[JsonSerializable(typeof(SiteMoveDocument))]
internal sealed partial class SiteDocumentContext : JsonSerializerContext;
