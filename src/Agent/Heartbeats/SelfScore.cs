namespace Holdfast.Agent.Heartbeats;

/// <summary>A part of the agent that is due at known times.</summary>
public enum SelfPart { Pacer, MainLoop }

/// <summary>
/// Is this agent itself healthy enough to accuse others (R7)? Whoever was late by more than a third of suspect-after, by a starved machine,
/// a collection of garbage or a freeze, cannot tell the silence of others from its own deafness.
/// Timestamps are <see cref="TimeProvider.GetTimestamp"/>: they go on while the process is stopped, so a thaw shows as lateness. Thread-safe.
/// </summary>
/// <remarks>
/// A part says when it runs next by <see cref="Due"/> and reports by <see cref="Ran"/>. Between the two it owes a run, and being overdue counts
/// at once, even before it ran: whichever thread thaws first already sees it. A part that has run and set no new time owes nothing.
/// </remarks>
public sealed class SelfScore
{
    private const long OwesNothing = long.MaxValue;
    private const int RememberedGaps = 32;
    private readonly Lock _gate = new();
    private readonly long _suspectAfter;
    private readonly long _tolerance;
    private readonly long _frequency;
    private readonly long[] _due;
    private long _silenceStart;
    private long? _lastGapEnd;
    private readonly Queue<(long Start, long End)> _gaps = new(RememberedGaps);

    /// <param name="suspectAfter">How long others must be silent to be suspected; a third of it is how late we may be ourselves.</param>
    public SelfScore(TimeProvider time, TimeSpan suspectAfter)
    {
        _frequency = time.TimestampFrequency;
        _suspectAfter = Ticks(suspectAfter);
        _tolerance = _suspectAfter / 3;
        _silenceStart = time.GetTimestamp();
        _due = new long[Enum.GetValues<SelfPart>().Length];
        Array.Fill(_due, OwesNothing);
    }

    /// <summary>The part is to run next at this time at the latest.</summary>
    public void Due(SelfPart part, long dueAt)
    {
        lock (_gate)
        {
            _due[(int)part] = dueAt;
        }
    }

    /// <summary>The part runs now; how late it is, follows from the last <see cref="Due"/>. Early is in time.</summary>
    public void Ran(SelfPart part, long ranAt)
    {
        lock (_gate)
        {
            if (IsOverdue(_due[(int)part], ranAt))
            {
                EndGap(_due[(int)part], ranAt);
            }

            _due[(int)part] = OwesNothing;
        }
    }

    /// <summary>All threads stood still (garbage collection) for so long until <paramref name="endedAt"/>.</summary>
    public void Paused(TimeSpan duration, long endedAt)
    {
        lock (_gate)
        {
            if (Ticks(duration) > _tolerance)
            {
                EndGap(endedAt - Ticks(duration), endedAt);
            }
        }
    }

    /// <summary>False: a part is overdue now, or one was late within the last suspect-after. Accuse nobody.</summary>
    public bool IsTrustworthy(long now)
    {
        lock (_gate)
        {
            return !AnyOverdue(now) && (_lastGapEnd is not { } end || now - end >= _suspectAfter);
        }
    }

    /// <summary>Silence of others before this time proves nothing: the end of the last gap (the thaw), or the start of this agent.</summary>
    public long SilenceStartsAt(long now)
    {
        lock (_gate)
        {
            return AnyOverdue(now) ? now : _silenceStart;
        }
    }

    /// <summary>
    /// Since when what was received at a time may have been waiting for this agent: that time, or the beginning of the gap in which it came, or shortly
    /// before. What waits is taken in as soon as the gap is over.
    /// </summary>
    public long MayHaveWaitedSince(long receivedAt, long now)
    {
        lock (_gate)
        {
            var earliest = _due.Where(due => IsOverdue(due, now)).Append(receivedAt).Min();
            return _gaps.Where(gap => receivedAt >= gap.Start && receivedAt <= gap.End + _tolerance).Select(gap => gap.Start).Append(earliest).Min();
        }
    }

    private bool AnyOverdue(long now) => Array.Exists(_due, due => IsOverdue(due, now));

    private bool IsOverdue(long due, long now) => now - due > _tolerance;

    private void EndGap(long from, long at)
    {
        if (_gaps.Count == RememberedGaps)
        {
            _gaps.Dequeue();
        }

        _gaps.Enqueue((from, at));
        _lastGapEnd = Math.Max(_lastGapEnd ?? at, at);
        _silenceStart = Math.Max(_silenceStart, at);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _frequency);
}
