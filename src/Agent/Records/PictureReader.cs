using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Coordination;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Records;

/// <summary>What one picture of the group's keys says, decoded once for each change.</summary>
/// <param name="RecordRevision">0: there is no record.</param>
/// <param name="GuardRevision">Of this member's promise guard; 0: none yet.</param>
public sealed record GroupPicture(
    RecordState State, string? Problem, GroupRecord? Record, long RecordRevision,
    ImmutableSortedDictionary<string, Promise> Promises, long GuardRevision,
    bool PrimaryLeaseExists, string? PrimaryLeaseHolder, long PrimaryLeaseRevision, PendingRequest? Request, long PulseRevision)
{
    public static readonly GroupPicture Unread = new(
        RecordState.Unknown, null, null, 0, ImmutableSortedDictionary<string, Promise>.Empty, 0, false, null, 0, null, 0);

    /// <summary>Of <see cref="GroupKeys.LeaseTaken"/>; 0: the lease has never been taken.</summary>
    public long LeaseTakenRevision { get; init; }
}

/// <param name="Revision">Of the key.</param>
public sealed record PendingRequest(string Id, RequestKind Kind, string? Target, bool AcceptDataLoss, long Revision);

/// <summary>Decodes the group's keys. What cannot be read is said, never guessed.</summary>
public static class PictureReader
{
    public static GroupPicture Read(GroupKeys keys, string me, ImmutableSortedDictionary<string, KeyValue> found)
    {
        var (state, problem, record, revision) = ReadRecord(keys, found);
        found.TryGetValue(keys.PrimaryLease, out var lease);
        return new GroupPicture(
            state, problem, record, revision, ReadPromises(keys, record, found),
            found.TryGetValue(keys.PromiseGuard(me), out var guard) ? guard.ModRevision : 0,
            lease is not null, lease?.Text, lease?.ModRevision ?? 0, ReadRequest(keys, found),
            found.TryGetValue(keys.Pulse, out var pulse) ? pulse.ModRevision : 0)
        {
            LeaseTakenRevision = found.TryGetValue(keys.LeaseTaken, out var taken) ? taken.ModRevision : 0,
        };
    }

    private static (RecordState State, string? Problem, GroupRecord? Record, long Revision) ReadRecord(
        GroupKeys keys, ImmutableSortedDictionary<string, KeyValue> found)
    {
        if (!found.TryGetValue(keys.Record, out var stored))
        {
            return (RecordState.Absent, null, null, 0);
        }

        try
        {
            return (RecordState.Present, null, RecordCodec.Decode(stored.Text), stored.ModRevision);
        }
        catch (RecordException exception)
        {
            return (RecordState.Unreadable,
                $"the group's record in coordination ({keys.Record}) cannot be used: {exception.Message}", null, stored.ModRevision);
        }
    }

    /// <summary>One for each member: that of the highest epoch. Those of epochs that have passed bind nobody.</summary>
    private static ImmutableSortedDictionary<string, Promise> ReadPromises(
        GroupKeys keys, GroupRecord? record, ImmutableSortedDictionary<string, KeyValue> found)
    {
        var promises = ImmutableSortedDictionary.CreateBuilder<string, Promise>(StringComparer.Ordinal);
        foreach (var stored in found.Values.Where(value => value.Key.StartsWith(keys.Promises, StringComparison.Ordinal)))
        {
            if (RecordCodec.DecodePromise(stored.Text, stored.ModRevision) is { } promise && promise.Epoch > (record?.Epoch ?? 0) &&
                stored.Key == keys.Promise(promise.Epoch, promise.Member) &&
                (!promises.TryGetValue(promise.Member, out var other) || other.Epoch < promise.Epoch))
            {
                promises[promise.Member] = promise;
            }
        }

        return promises.ToImmutable();
    }

    private static PendingRequest? ReadRequest(GroupKeys keys, ImmutableSortedDictionary<string, KeyValue> found)
    {
        if (!found.TryGetValue(keys.Request, out var stored))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.RequestDocument) is { } document &&
                Enum.TryParse<RequestKind>(document.Kind, ignoreCase: true, out var kind)
                ? new PendingRequest(document.Id, kind, document.Target, document.AcceptDataLoss, stored.ModRevision)
                : null;
        }
        catch (JsonException)
        {
            return null; // A request that cannot be read asks for nothing; a new one replaces it.
        }
    }
}
