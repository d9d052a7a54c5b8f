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

    /// <summary>Of <see cref="SiteKeys.LeaseTaken"/>; 0: the lease has never been taken.</summary>
    public long LeaseTakenRevision { get; init; }

    public string? LeaseSite => LeaseValue is { } text ? SiteLeaseHolder.Parse(text)?.Site ?? "?" : null;

    /// <param name="policy">Whose sites the store has by this agent's file; what names another cannot be acted on.</param>
    public static SitePicture Read(SiteKeys keys, SitePolicy policy, ImmutableSortedDictionary<string, KeyValue> found)
    {
        found.TryGetValue(keys.Record, out var record);
        found.TryGetValue(keys.Move, out var move);
        found.TryGetValue(keys.Lease, out var lease);
        var cards = found.Where(pair => pair.Key.StartsWith(keys.Cards, StringComparison.Ordinal)).ToImmutableArray();
        try
        {
            var (active, running) = (record is null ? null : Take(record, SiteCodec.DecodeRecord), move is null ? null : Take(move, SiteCodec.DecodeMove));
            Know(policy, keys.Record, active?.ActiveSite);
            Know(policy, keys.Move, running?.From);
            Know(policy, keys.Move, running?.To);
            return new SitePicture(
                record is null ? RecordState.Absent : RecordState.Present, null,
                active, record?.ModRevision ?? 0,
                running, move?.ModRevision ?? 0,
                lease?.Text, lease?.ModRevision ?? 0,
                cards.ToImmutableSortedDictionary(
                    pair => pair.Key[keys.Cards.Length..], pair => Take(pair.Value, SiteCodec.DecodeCard), StringComparer.Ordinal),
                cards.ToImmutableDictionary(pair => pair.Key[keys.Cards.Length..], pair => pair.Value.ModRevision, StringComparer.Ordinal))
            {
                LeaseTakenRevision = found.TryGetValue(keys.LeaseTaken, out var taken) ? taken.ModRevision : 0,
            };
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

    private static void Know(SitePolicy policy, string key, string? site)
    {
        if (site is not null && site != policy.Mine && site != policy.Other)
        {
            throw new RecordException(
                $"{key} in the global coordination names a site '{site}', but the store's sites in this agent's file are {policy.Mine} and {policy.Other}: " +
                "let all agents run with the same file");
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
