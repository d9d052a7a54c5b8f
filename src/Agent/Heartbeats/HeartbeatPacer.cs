using Holdfast.Agent.Hosting;

namespace Holdfast.Agent.Heartbeats;

/// <summary>
/// Sends the newest heartbeat at each interval on a thread of its own, and at once when nudged; stamps the sequence; and measures by its own
/// lateness, and by the pauses of the garbage collector, how far this agent may trust what it does not hear.
/// </summary>
public sealed class HeartbeatPacer : IDisposable
{
    private readonly TimeSpan _interval;
    private readonly Func<Heartbeat> _newest;
    private readonly Action<Heartbeat> _send;
    private readonly SelfScore _score;
    private readonly TimeProvider _time;
    private readonly IDedicatedThreads _threads;
    private IDedicatedThread? _thread;
    private volatile bool _nudged = true;
    private TimeSpan _paused;
    private long _due;
    private long _sequence;

    /// <param name="newest">Called on the pacer's thread before each sending; must be quick. A throw is a bug and ends the process.</param>
    /// <param name="send">As a rule <see cref="HeartbeatLink.Send"/>. What it gets bears the next sequence, whatever the supplier filled in.</param>
    public HeartbeatPacer(TimeSpan interval, Func<Heartbeat> newest, Action<Heartbeat> send, SelfScore score, TimeProvider time)
        : this(interval, newest, send, score, time, DedicatedThreads.Instance)
    {
    }

    internal HeartbeatPacer(
        TimeSpan interval, Func<Heartbeat> newest, Action<Heartbeat> send, SelfScore score, TimeProvider time, IDedicatedThreads threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _interval = interval;
        _newest = newest;
        _send = send;
        _score = score;
        _time = time;
        _threads = threads;
    }

    /// <summary>The first heartbeat goes out at once.</summary>
    public void Start()
    {
        _paused = _threads.TotalPause;
        _thread = _threads.Start("holdfast-pacer", Step);
    }

    /// <summary>Sends now instead of at the next interval. Any thread; never blocks.</summary>
    public void Nudge()
    {
        _nudged = true;
        _thread?.Pulse();
    }

    /// <summary>Ends the thread; nothing is sent after the return.</summary>
    public void Dispose() => _thread?.Dispose();

    private TimeSpan Step()
    {
        var now = _time.GetTimestamp();
        if (!_nudged && now < _due)
        {
            return _time.GetElapsedTime(now, _due);
        }

        _score.Ran(SelfPart.Pacer, now);
        var paused = _threads.TotalPause;
        _score.Paused(paused - _paused, now);
        _paused = paused;

        // Before sending, so that a freeze in the middle of it shows as well.
        _due = now + (long)(_interval.TotalSeconds * _time.TimestampFrequency);
        _score.Due(SelfPart.Pacer, _due);
        _nudged = false;
        _send(_newest() with { Sequence = ++_sequence });
        return _time.GetElapsedTime(_time.GetTimestamp(), _due);
    }
}
