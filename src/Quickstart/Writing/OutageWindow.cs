namespace Holdfast.Quickstart.Writing;

/// <summary>
/// Measures, while a fault is exercised, the longest time between two acknowledgements that follow each other. The last acknowledgement
/// before the window is the beginning of the first gap, and the end of the window the end of the last one: a writer that never comes
/// back is out until the end. Safe for several threads.
/// </summary>
internal sealed class OutageWindow(TimeProvider time, long lastBefore)
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _gaps = [];
    private long _last = lastBefore;
    private long _acknowledged;
    private TimeSpan _longest;
    private bool _closed;

    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _closed;
            }
        }
    }

    /// <summary>The longest gap so far.</summary>
    public TimeSpan Longest
    {
        get
        {
            lock (_lock)
            {
                return _longest;
            }
        }
    }

    /// <summary>Acknowledgements in the window.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return _acknowledged;
            }
        }
    }

    /// <summary>A commit was acknowledged.</summary>
    /// <param name="at">Monotonic timestamp; never less than the one before.</param>
    public void Add(long at)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _acknowledged++;
                Extend(at);
            }
        }
    }

    /// <summary>Ends the window; returns the longest gap.</summary>
    public TimeSpan Close(long at)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                Extend(at);
                _closed = true;
            }

            return _longest;
        }
    }

    /// <summary>The gap than which only so small a share of the gaps is longer, as 0.01; null: there is none yet.</summary>
    public TimeSpan? ExceededBy(double share)
    {
        lock (_lock)
        {
            var rank = (int)Math.Ceiling(_gaps.Count * (1 - share)) - 1;
            return _gaps.Count == 0 ? null : _gaps.Order().ElementAt(Math.Clamp(rank, 0, _gaps.Count - 1));
        }
    }

    /// <summary>How many gaps were longer than that.</summary>
    public int LongerThan(TimeSpan limit)
    {
        lock (_lock)
        {
            return _gaps.Count(gap => gap > limit);
        }
    }

    private void Extend(long at)
    {
        var gap = time.GetElapsedTime(_last, at);
        _gaps.Add(gap);
        _longest = gap > _longest ? gap : _longest;
        _last = at;
    }
}
