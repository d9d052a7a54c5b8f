using Holdfast.Core.Failover;

namespace Holdfast.Agent.Watching;

/// <summary>
/// Where a primary was when, as far as it was heard: so that a member that is always a little behind knows how far, too. Not thread-safe.
/// </summary>
internal sealed class Milestones
{
    private const int Most = 64;
    private readonly List<(LogPosition Position, long At)> _all = new(Most);

    public bool IsEmpty => _all.Count == 0;

    /// <param name="at">Monotonic timestamp; the primary was not further then.</param>
    public void Add(LogPosition position, long at)
    {
        var last = _all.FindLastIndex(one => one.Position.Timeline == position.Timeline && one.Position.Lsn == position.Lsn);
        if (last >= 0)
        {
            _all[last] = (position, Math.Max(_all[last].At, at));
            return;
        }

        if (_all.Count == Most)
        {
            // Every second of the older ones: they reach back further, and less exactly.
            for (var index = (Most / 2) - 2; index >= 0; index -= 2)
            {
                _all.RemoveAt(index);
            }
        }

        _all.Add((position, at));
    }

    /// <summary>Since when, at the latest, a member that has this may lack something; null: not known.</summary>
    public long? ReachedBy(LogPosition mine)
    {
        long? latest = null;
        foreach (var (position, at) in _all)
        {
            if (position.Timeline == mine.Timeline && position.Lsn <= mine.Lsn && !(latest >= at))
            {
                latest = at;
            }
        }

        return latest;
    }

    public void Clear() => _all.Clear();
}
