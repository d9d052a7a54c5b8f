using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Records;

/// <summary>What is in coordination cannot be read. The message says what and the remedy.</summary>
public sealed class RecordException : Exception
{
    public RecordException(string message) : base(message) { }
    public RecordException(string message, Exception innerException) : base(message, innerException) { }
    public RecordException() { }
}

/// <summary>The record and the promises as JSON, read strictly: nothing is guessed from a damaged or newer one.</summary>
public static class RecordCodec
{
    public static string Encode(GroupRecord record) => JsonSerializer.Serialize(
        new RecordDocument
        {
            Format = GroupRecord.CurrentFormat,
            Epoch = record.Epoch,
            Primary = record.Primary,
            Candidates = [.. record.Sync.Candidates],
            Acks = record.Sync.Acks,
            Mode = NameOf(record.Mode),
            SystemId = record.SystemId,
            Lineage = [.. record.Lineage.Select(entry => new LineageDocument(entry.Epoch, entry.Timeline, entry.Fork.ToString()))],
            Paused = record.Paused,
            Stamp = record.Stamp,
            StopsFor = record.StopsFor,
            Restore = record.Restore is not { } restore ? null : new RestoreDocument(
                restore.Aim.Kind.ToString(), restore.Aim.Value, restore.Aim.Backup, restore.Aim.Timeline, restore.Aim.Above, restore.SystemId,
                [.. restore.Sync.Candidates], restore.Sync.Acks, NameOf(restore.Mode)),
            RestoredIn = record.RestoredIn,
        },
        DocumentContext.Default.RecordDocument);

    /// <exception cref="RecordException">Corrupt, contradictory, or of a newer format.</exception>
    public static GroupRecord Decode(string text)
    {
        RefuseOtherFormats(text);
        try
        {
            var document = JsonSerializer.Deserialize(text, DocumentContext.Default.RecordDocument) ?? throw new RecordException("it is empty");
            var record = new GroupRecord
            {
                Epoch = document.Epoch,
                Primary = document.Primary,
                Sync = new SyncRule(document.Candidates, document.Acks),
                Mode = ModeOf(document.Mode),
                SystemId = document.SystemId,
                Lineage = [.. document.Lineage.Select(entry => new LineageEntry(entry.Epoch, entry.Timeline, Lsn.Parse(entry.Fork)))],
                Paused = document.Paused,
                Stamp = document.Stamp,
                StopsFor = document.StopsFor,
                Restore = document.Restore is not { } restore ? null : new StoreRestore(
                    new RestoreAim(Enum.Parse<RestoreKind>(restore.Kind), restore.Value, restore.Backup, restore.Timeline, restore.Above),
                    restore.SystemId, new SyncRule(restore.Candidates, restore.Acks), ModeOf(restore.Mode)),
                RestoredIn = document.RestoredIn,
            };
            return Sound(record);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or NullReferenceException)
        {
            throw new RecordException(
                exception is JsonException { Path: ['$', '.', .. var path], LineNumber: not null } wrong
                    ? $"it is corrupt (what is at {path} is not what belongs there: {Place(wrong)})"
                    : $"it is corrupt ({FirstLine(exception.Message)})",
                exception);
        }
    }

    public static string Encode(Promise promise) => JsonSerializer.Serialize(
        new PromiseDocument(promise.Epoch, promise.Member, promise.Position.Timeline, promise.Position.Lsn.ToString()),
        DocumentContext.Default.PromiseDocument);

    /// <summary>Null: it cannot be read, and a promise that cannot be read is not counted.</summary>
    public static Promise? DecodePromise(string text, long revision)
    {
        try
        {
            return JsonSerializer.Deserialize(text, DocumentContext.Default.PromiseDocument) is { } document &&
                Lsn.TryParse(document.Lsn, out var lsn)
                ? new Promise(document.Epoch, document.Member, new LogPosition(document.Timeline, lsn), revision)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static GroupRecord Sound(GroupRecord record)
    {
        var contradiction =
            record.Epoch < 1 ? $"epoch {record.Epoch} is below 1"
            : string.IsNullOrEmpty(record.Primary) ? "it names no primary"
            : record.Sync.Candidates.Contains(record.Primary) ? $"the primary {record.Primary} is among its own candidates"
            : record.Mode == ProtectionMode.ZeroLoss != record.Sync.Protects ? $"mode {record.Mode} does not go with candidates '{record.Sync}'"
            : (!record.IsBeingBorn || record.Restore is not null) && record.Lineage.IsEmpty ? "it has no lineage"
            : record.Restore is not null && !record.IsBeingBorn ? "it is being restored and names a system identifier"
            : record.RestoredIn > record.Epoch ? "it was restored in an epoch to come"
            : record.Lineage.Any(entry => entry.Epoch > record.Epoch) ? "its lineage runs ahead of its epoch"
            : record.Lineage.SkipLast(1).Any(entry => entry.Timeline is null) ? "a fork in the middle of its lineage is open"
            : null;
        return contradiction is null ? record : throw new RecordException($"it is contradictory: {contradiction}");
    }

    internal static void RefuseOtherFormats(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format", out var format) &&
                format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out var number) && number != GroupRecord.CurrentFormat)
            {
                throw new RecordException(
                    $"it has format {number}, this version reads format {GroupRecord.CurrentFormat}: run the version that wrote it");
            }
        }
        catch (JsonException exception)
        {
            throw new RecordException($"it is not JSON ({Place(exception)})", exception);
        }
    }

    /// <summary>For people, who count from one.</summary>
    private static string Place(JsonException exception) => $"line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}";

    private static string NameOf(ProtectionMode mode) => mode switch
    {
        ProtectionMode.ZeroLoss => "zero-loss",
        ProtectionMode.Lease => "lease",
        ProtectionMode.Passive => "passive",
        _ => "unprotected",
    };

    private static ProtectionMode ModeOf(string text) => text switch
    {
        "zero-loss" => ProtectionMode.ZeroLoss,
        "unprotected" => ProtectionMode.Unprotected,
        "lease" => ProtectionMode.Lease,
        "passive" => ProtectionMode.Passive,
        _ => throw new FormatException($"mode '{text}' is not zero-loss, unprotected, lease or passive"),
    };

    private static string FirstLine(string text) => text.Split('\n')[0];
}
