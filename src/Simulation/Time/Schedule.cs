using Holdfast.Core;

namespace Holdfast.Simulation.Time;

/// <summary>
/// Simulated time: what is to happen, in order. All that runs in a simulation runs here, on one thread. What happens on a host waits while that host
/// is frozen.
/// </summary>
internal sealed class Schedule
{
    private readonly PriorityQueue<Entry, (long At, long Order)> _entries = new();
    private readonly Dictionary<string, long> _frozenUntil = new(StringComparer.Ordinal);
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;

    /// <summary>In units of <see cref="TimeSpan.Ticks"/> since the simulation began.</summary>
    public long Now { get; private set; }

    public long NowMs => Now / TimeSpan.TicksPerMillisecond;

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    /// <param name="host">Null: nowhere in particular.</param>
    public void After(TimeSpan delay, string? host, Action what) => At(Now + delay.Ticks, host, what);

    public void At(long at, string? host, Action what)
    {
        Invariant.Check(_thread == Environment.CurrentManagedThreadId, "all of a simulation runs on one thread: nothing of the agent escapes to another");
        _entries.Enqueue(new Entry(host, what), (Math.Max(at, Now), _order++));
    }

    public void Freeze(string host, long untilMs) =>
        _frozenUntil[host] = Math.Max(untilMs * TimeSpan.TicksPerMillisecond, _frozenUntil.GetValueOrDefault(host));

    /// <summary>When it last went on after a freeze, in ms; null: it never stood still.</summary>
    public long? ThawedAtMs(string host) => _frozenUntil.TryGetValue(host, out var until) ? until / TimeSpan.TicksPerMillisecond : null;

    public bool IsFrozen(string host) => _frozenUntil.GetValueOrDefault(host) > Now;

    /// <summary>Does the next thing. False: nothing will ever happen again.</summary>
    public bool Step()
    {
        if (!_entries.TryDequeue(out var entry, out var key))
        {
            return false;
        }

        Now = Math.Max(Now, key.At);
        if (entry.Host is { } host && _frozenUntil.Count > 0 && _frozenUntil.TryGetValue(host, out var thaw) && thaw > Now)
        {
            _entries.Enqueue(entry, (thaw, key.Order));
            return true;
        }

        Steps++;
        entry.What();
        return true;
    }

    private readonly record struct Entry(string? Host, Action What);
}
