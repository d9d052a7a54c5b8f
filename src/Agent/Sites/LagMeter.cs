using Holdfast.Core.Failover;

namespace Holdfast.Agent.Sites;

/// <summary>
/// Turns a log position that somebody has reached into time: how old is the oldest log that he lacks. It notes when the end of the log was seen to
/// pass which position, so the answer is exact to the interval of looking, on this host's clock alone.
/// </summary>
internal sealed class LagMeter(TimeProvider time)
{
    private const int Kept = 6000;
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(100);
    private readonly LinkedList<(Lsn End, long SeenAt)> _seen = new();

    /// <summary>The end of the log is here now.</summary>
    public void Note(Lsn end)
    {
        var now = time.GetTimestamp();
        if (_seen.Last is { Value: var last } && (end <= last.End || time.GetElapsedTime(last.SeenAt, now) < Spacing))
        {
            return;
        }

        _seen.AddLast((end, now));
        if (_seen.Count > Kept)
        {
            _seen.RemoveFirst();
        }
    }

    public void Forget() => _seen.Clear();

    /// <summary>How old the oldest log is beyond <paramref name="reached"/>; zero: there is none beyond. A lower bound beyond some ten minutes.</summary>
    /// <param name="end">The end of the log now.</param>
    public TimeSpan Of(Lsn reached, Lsn end)
    {
        if (reached >= end)
        {
            return TimeSpan.Zero;
        }

        // The first position seen that it has not reached is at least as new as the oldest log that it lacks.
        foreach (var (position, seenAt) in _seen)
        {
            if (position > reached)
            {
                return time.GetElapsedTime(seenAt);
            }
        }

        return TimeSpan.Zero;
    }
}
