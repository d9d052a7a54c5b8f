using System.Diagnostics;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Clients;

/// <summary>What all clients have seen, as it comes. For many threads.</summary>
internal sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<Write> _writes = [];
    private readonly List<Read> _reads = [];
    private readonly List<long> _roamers = [];
    private int _gated;
    private readonly List<Task> _open = [];
    private long _lastId;

    /// <summary>An id that no write has yet.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <param name="by">A writer that looks for the primary as an application does has the pauses that an application sees.</param>
    public void Note(Write write, IRoute by)
    {
        lock (_gate)
        {
            _writes.Add(write);
            if (write.Outcome == Outcome.Acknowledged)
            {
                _gated += by.IsGated ? 1 : 0;
                if (by.Roams)
                {
                    _roamers.Add(write.Answered);
                }
            }
        }
    }

    /// <summary>An acknowledgement that came after its client had noted that none had.</summary>
    public void Answer(Write late)
    {
        lock (_gate)
        {
            _writes[_writes.FindIndex(write => write.Id == late.Id)] = late;
        }
    }

    /// <summary>Somebody goes on listening for a late answer.</summary>
    public void Listen(Task listening)
    {
        lock (_gate)
        {
            _open.RemoveAll(task => task.IsCompleted);
            _open.Add(listening);
        }
    }

    /// <summary>Waits until nobody listens any more, or the time is over: a server that is gone never answers.</summary>
    public async Task SettleAsync(TimeSpan limit)
    {
        Task open;
        lock (_gate)
        {
            open = Task.WhenAll(_open);
        }

        await Task.WhenAny(open, Task.Delay(limit));
        if (open.IsFaulted)
        {
            await open;
        }
    }

    public void Note(Read read)
    {
        lock (_gate)
        {
            _reads.Add(read);
        }
    }

    /// <summary>How many acknowledgements writers that roam have had.</summary>
    public int Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return _roamers.Count;
            }
        }
    }

    /// <summary>How many came through the gate.</summary>
    public int Gated
    {
        get
        {
            lock (_gate)
            {
                return _gated;
            }
        }
    }

    /// <summary>Writes noted so far, from the given number on.</summary>
    public IReadOnlyList<Write> Writes(int from = 0)
    {
        lock (_gate)
        {
            return _writes.GetRange(from, _writes.Count - from);
        }
    }

    public IReadOnlyList<Read> Reads()
    {
        lock (_gate)
        {
            return [.. _reads];
        }
    }

    /// <summary>The longest time in which no writer that roams was acknowledged, between two monotonic timestamps.</summary>
    public TimeSpan LongestGap(long since, long until)
    {
        lock (_gate)
        {
            // A writer that has waited since before the fault counts from its beginning.
            var times = _roamers.Where(at => at >= since && at <= until).Order().Prepend(since).Append(until).ToList();
            return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).Max();
        }
    }
}
