using Holdfast.Core.Failover;

namespace Holdfast.Core.Loss;

/// <summary>
/// Tells by how much time a standby is behind, on the primary's own clock: it remembers when each heartbeat was written and where the log
/// stood. No two hosts' clocks are compared.
/// </summary>
/// <param name="reach">How far back it remembers; a greater lag shows as at least this.</param>
public sealed class HeartbeatTrail(TimeSpan reach)
{
    private readonly Queue<(TimeSpan At, Lsn Lsn)> _marks = new();

    /// <summary>A heartbeat was written.</summary>
    /// <param name="at">A monotonic clock's time.</param>
    /// <param name="lsn">Where the log stood.</param>
    public void Note(TimeSpan at, Lsn lsn)
    {
        _marks.Enqueue((at, lsn));
        while (_marks.TryPeek(out var oldest) && at - oldest.At > reach)
        {
            _marks.Dequeue();
        }
    }

    /// <summary>Another epoch, or another run of the server, begins.</summary>
    public void Forget() => _marks.Clear();

    /// <summary>
    /// How long ago the oldest heartbeat was written that a standby with this position lacks; zero: it lacks none. Null: none is known.
    /// </summary>
    public TimeSpan? LagOf(Lsn flushed, TimeSpan now)
    {
        if (_marks.Count == 0)
        {
            return null;
        }

        foreach (var (at, lsn) in _marks)
        {
            if (lsn > flushed)
            {
                return now - at;
            }
        }

        return TimeSpan.Zero;
    }
}
