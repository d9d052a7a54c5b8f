using System.Collections.Immutable;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd.Watching;

/// <summary>
/// What a watch has told so far, reduced to each key's last revision: enough to prove, against a linearizable read, that nothing is
/// missing.
/// </summary>
internal sealed class EtcdWatchPicture
{
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);

    /// <summary>Everything up to this revision has been told.</summary>
    public long Revision { get; private set; }

    /// <summary>Nothing is known, or what is known cannot be continued: a whole snapshot is needed.</summary>
    public bool NeedsWhole { get; private set; } = true;

    public void Forget() => NeedsWhole = true;

    public void Replace(PrefixSnapshot snapshot)
    {
        _keys.Clear();
        foreach (var (key, value) in snapshot.Keys)
        {
            _keys[key] = value.ModRevision;
        }

        Revision = snapshot.Revision;
        NeedsWhole = false;
    }

    /// <summary>Takes events of the stream in. Null: they were known already.</summary>
    public WatchUpdate.Changes? Apply(IReadOnlyList<WatchEvent> events)
    {
        var changes = ImmutableArray.CreateBuilder<(string, KeyValue?)>(events.Count);
        var last = Revision;
        foreach (var wire in events.Select(change => (Gone: change.Type == "DELETE", change.Kv))
            .Where(change => change.Kv!.ModRevision > Revision))
        {
            var key = Keys.Name(wire.Kv!);
            last = Math.Max(last, wire.Kv!.ModRevision);
            if (wire.Gone)
            {
                _keys.Remove(key);
                changes.Add((key, null));
            }
            else
            {
                _keys[key] = wire.Kv.ModRevision;
                changes.Add((key, Keys.Decode(wire.Kv)));
            }
        }

        if (changes.Count == 0)
        {
            return null;
        }

        Revision = last;
        return new WatchUpdate.Changes(last, changes.DrainToImmutable());
    }

    /// <summary>
    /// True when a read at <paramref name="revision"/> that found <paramref name="keys"/> shows that nothing is missing: either we are past
    /// it (events come in order), or we know exactly those keys with those revisions.
    /// </summary>
    public bool IsProvenBy(long revision, IReadOnlyCollection<EtcdKeyValue> keys) =>
        Revision > revision ||
        (keys.Count == _keys.Count && keys.All(key => _keys.TryGetValue(Keys.Name(key), out var known) && known == key.ModRevision));
}
