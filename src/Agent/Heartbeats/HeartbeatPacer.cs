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
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _stopped;
    private volatile bool _nudged;
    private long _sequence;

    /// <param name="newest">Called on the pacer's thread before each sending; must be quick. A throw is a bug and ends the process.</param>
    /// <param name="send">As a rule <see cref="HeartbeatLink.Send"/>. What it gets bears the next sequence, whatever the supplier filled in.</param>
    public HeartbeatPacer(TimeSpan interval, Func<Heartbeat> newest, Action<Heartbeat> send, SelfScore score, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _interval = interval;
        _newest = newest;
        _send = send;
        _score = score;
        _time = time;
        _thread = new Thread(Run) { Name = "holdfast-pacer", IsBackground = true };
    }

    /// <summary>The first heartbeat goes out at once.</summary>
    public void Start() => _thread.Start();

    /// <summary>Sends now instead of at the next interval. Any thread; never blocks.</summary>
    public void Nudge()
    {
        _nudged = true;
        _wake.Set();
    }

    /// <summary>Ends the thread; nothing is sent after the return.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        if (_thread.IsAlive && _thread != Thread.CurrentThread)
        {
            _thread.Join();
        }

        _wake.Dispose();
    }

    private void Run()
    {
        var interval = (long)(_interval.TotalSeconds * _time.TimestampFrequency);
        var paused = GC.GetTotalPauseDuration();
        while (!_stopped)
        {
            var now = _time.GetTimestamp();
            _score.Ran(SelfPart.Pacer, now);
            var pausedNow = GC.GetTotalPauseDuration();
            _score.Paused(pausedNow - paused, now);
            paused = pausedNow;

            // Before sending, so that a freeze in the middle of it shows as well.
            _score.Due(SelfPart.Pacer, now + interval);
            _nudged = false;
            _send(_newest() with { Sequence = ++_sequence });
            WaitUntil(now + interval);
        }
    }

    private void WaitUntil(long due)
    {
        while (!_stopped && !_nudged)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), due);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            _wake.WaitOne(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
        }
    }
}
