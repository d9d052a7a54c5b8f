namespace Holdfast.Quickstart.Writing;

/// <summary>
/// Measures, while a fault is exercised, the longest time between two acknowledgements that follow each other. The last acknowledgement
/// before the window is the beginning of the first gap, and the end of the window the end of the last one: a writer that never comes
/// back is out until the end. Safe for several threads.
/// </summary>
internal sealed class OutageWindow(TimeProvider time, long lastBefore)
{
    private readonly Lock _lock = new();
    private long _last = lastBefore;
    private long _acknowledged;
    private TimeSpan _longest;
    private bool _closed;

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

    private void Extend(long at)
    {
        var gap = time.GetElapsedTime(_last, at);
        _longest = gap > _longest ? gap : _longest;
        _last = at;
    }
}
