using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Sites;

/// <summary>What one picture of a store's keys in the global scope says, decoded once for each change.</summary>
/// <param name="RecordRevision">0: there is no record.</param>
/// <param name="LeaseValue">The lease key's text; null: nobody holds the lease.</param>
/// <param name="CardRevisions">By site.</param>
internal sealed record SitePicture(
    RecordState State, string? Problem, SiteRecord? Record, long RecordRevision, SiteMove? Move, long MoveRevision,
    string? LeaseValue, long LeaseRevision, ImmutableSortedDictionary<string, SiteCard> Cards, ImmutableDictionary<string, long> CardRevisions)
{
    public static readonly SitePicture Unread = new(
        RecordState.Unknown, null, null, 0, null, 0, null, 0, ImmutableSortedDictionary<string, SiteCard>.Empty,
        ImmutableDictionary<string, long>.Empty);

    public string? LeaseSite => LeaseValue is { } text ? SiteLeaseHolder.Parse(text)?.Site ?? "?" : null;

    public static SitePicture Read(SiteKeys keys, ImmutableSortedDictionary<string, KeyValue> found)
    {
        found.TryGetValue(keys.Record, out var record);
        found.TryGetValue(keys.Move, out var move);
        found.TryGetValue(keys.Lease, out var lease);
        var cards = found.Where(pair => pair.Key.StartsWith(keys.Cards, StringComparison.Ordinal)).ToImmutableArray();
        try
        {
            return new SitePicture(
                record is null ? RecordState.Absent : RecordState.Present, null,
                record is null ? null : Take(record, SiteCodec.DecodeRecord), record?.ModRevision ?? 0,
                move is null ? null : Take(move, SiteCodec.DecodeMove), move?.ModRevision ?? 0,
                lease?.Text, lease?.ModRevision ?? 0,
                cards.ToImmutableSortedDictionary(
                    pair => pair.Key[keys.Cards.Length..], pair => Take(pair.Value, SiteCodec.DecodeCard), StringComparer.Ordinal),
                cards.ToImmutableDictionary(pair => pair.Key[keys.Cards.Length..], pair => pair.Value.ModRevision, StringComparer.Ordinal));
        }
        catch (RecordException exception)
        {
            return Unread with
            {
                State = RecordState.Unreadable,
                Problem = exception.Message,
                LeaseValue = lease?.Text,
                LeaseRevision = lease?.ModRevision ?? 0,
            };
        }
    }

    private static T Take<T>(KeyValue value, Func<string, T> decode)
    {
        try
        {
            return decode(value.Text);
        }
        catch (RecordException exception)
        {
            throw new RecordException($"{value.Key} in the global coordination cannot be used: {exception.Message}", exception);
        }
    }
}
