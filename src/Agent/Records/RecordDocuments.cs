using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Agent.Api;

namespace Holdfast.Agent.Records;

/// <summary>The record as it is stored. Unknown fields are refused: they mean a newer format.</summary>
internal sealed record RecordDocument
{
    public required int Format { get; init; }
    public required long Epoch { get; init; }
    public required string Primary { get; init; }
    public required string[] Candidates { get; init; }
    public required int Acks { get; init; }
    public required string Mode { get; init; }
    public string? SystemId { get; init; }
    public required LineageDocument[] Lineage { get; init; }
    public bool Paused { get; init; }
    public long Stamp { get; init; }
    public long StopsFor { get; init; }
    public RestoreDocument? Restore { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long RestoredIn { get; init; }
}

/// <summary>A restore in place that is under way, and how the group was protected before it.</summary>
internal sealed record RestoreDocument(
    string Kind, string Value, string Backup, uint Timeline, uint Above, string SystemId, string[] Candidates, int Acks, string Mode);

internal sealed record LineageDocument(long Epoch, uint? Timeline, string Fork);

internal sealed record PromiseDocument(long Epoch, string Member, uint Timeline, string Lsn);

internal sealed record RequestDocument(string Id, string Kind, string? Target, bool AcceptDataLoss);

internal sealed record OutcomeDocument(string Id, string Kind, string? Target, string State, string Message);

internal sealed record PresenceDocument(string Incarnation, string Host, string Data, int Pid);

internal sealed record PulseDocument(string Member, long Epoch, long Beat);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RecordDocument))]
[JsonSerializable(typeof(PromiseDocument))]
[JsonSerializable(typeof(RequestDocument))]
[JsonSerializable(typeof(OutcomeDocument))]
[JsonSerializable(typeof(PresenceDocument))]
[JsonSerializable(typeof(PulseDocument))]
[JsonSerializable(typeof(HistoryEntry))]
internal sealed partial class DocumentContext : JsonSerializerContext;
