using System.Collections.Immutable;

namespace Holdfast.Coordination.Mirror;

/// <summary>What a <see cref="PrefixMirror"/> knows at one moment.</summary>
/// <param name="Keys">The keys as of <paramref name="Revision"/>.</param>
/// <param name="Revision">0: nothing has been read yet.</param>
/// <param name="Connected">The watch is attached to a server that serves; false: the keys may be old.</param>
/// <param name="LastConfirmed">
/// Timestamp of the <see cref="TimeProvider"/> when the store last confirmed that the picture was current; null: never. The confirmation
/// itself may be older than its arrival by up to the request timeout.
/// </param>
/// <param name="Problem">Why it is not connected; null: it is, or has not tried yet.</param>
public sealed record MirrorPicture(
    ImmutableSortedDictionary<string, KeyValue> Keys, long Revision, bool Connected, long? LastConfirmed, string? Problem)
{
    internal static readonly MirrorPicture Nothing =
        new(ImmutableSortedDictionary.Create<string, KeyValue>(StringComparer.Ordinal), 0, false, null, null);

    /// <summary>The keys have been read at least once.</summary>
    public bool IsLoaded => Revision > 0;

    internal MirrorPicture With(WatchUpdate update, long now) => update switch
    {
        WatchUpdate.Whole { Snapshot: var whole } => new MirrorPicture(whole.Keys, whole.Revision, true, now, null),
        WatchUpdate.Changes changes => With(changes) with { Connected = true, LastConfirmed = now, Problem = null },
        WatchUpdate.Alive alive =>
            this with { Revision = Math.Max(Revision, alive.Revision), Connected = true, LastConfirmed = now, Problem = null },
        WatchUpdate.Disconnected disconnected => this with { Connected = false, Problem = disconnected.Reason },
        _ => throw new ArgumentException($"unknown update {update}"),
    };

    private MirrorPicture With(WatchUpdate.Changes changes)
    {
        if (changes.Revision <= Revision)
        {
            // A read that was merged in has overtaken the watch.
            return this;
        }

        // A batch may begin before a read that was merged in. Taken as a whole it still ends in the right state: of each key the last event
        // counts.
        var keys = Keys.ToBuilder();
        foreach (var (key, value) in changes.Keys)
        {
            if (value is null)
            {
                keys.Remove(key);
            }
            else
            {
                keys[key] = value;
            }
        }

        return this with { Keys = keys.ToImmutable(), Revision = changes.Revision };
    }
}
