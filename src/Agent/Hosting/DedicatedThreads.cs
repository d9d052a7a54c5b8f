namespace Holdfast.Agent.Hosting;

/// <summary>Threads for what must not wait for the loop or the thread pool.</summary>
internal interface IDedicatedThreads
{
    /// <summary>Starts at once.</summary>
    /// <param name="step">
    /// Does what is due and returns how long nothing will be due; infinite: until a pulse. It may be called early, and must then do nothing. A throw
    /// is a bug and ends the process.
    /// </param>
    IDedicatedThread Start(string name, Func<TimeSpan> step);

    /// <summary>How long all threads have stood still for the collection of garbage, in all.</summary>
    TimeSpan TotalPause { get; }
}

/// <summary>One such thread.</summary>
internal interface IDedicatedThread : IDisposable
{
    /// <summary>Something may be due earlier than the last step said. Any thread; never blocks.</summary>
    void Pulse();

    /// <summary>No further step begins; waits for the one that runs, for this long at most.</summary>
    void End(TimeSpan limit);
}

/// <summary>Threads of the operating system.</summary>
internal sealed class DedicatedThreads : IDedicatedThreads
{
    public static readonly DedicatedThreads Instance = new();

    public TimeSpan TotalPause => GC.GetTotalPauseDuration();

    public IDedicatedThread Start(string name, Func<TimeSpan> step) => new Running(name, step);

    private sealed class Running : IDedicatedThread
    {
        private readonly object _gate = new();
        private readonly Func<TimeSpan> _step;
        private readonly Thread _thread;
        private long _pulses;
        private bool _ended;

        public Running(string name, Func<TimeSpan> step)
        {
            _step = step;
            _thread = new Thread(Run) { Name = name, IsBackground = true };
            _thread.Start();
        }

        public void Pulse()
        {
            lock (_gate)
            {
                _pulses++;
                Monitor.PulseAll(_gate);
            }
        }

        public void End(TimeSpan limit)
        {
            lock (_gate)
            {
                _ended = true;
                Monitor.PulseAll(_gate);
            }

            if (_thread != Thread.CurrentThread)
            {
                _thread.Join(limit);
            }
        }

        public void Dispose() => End(Timeout.InfiniteTimeSpan);

        private void Run()
        {
            while (true)
            {
                long seen;
                lock (_gate)
                {
                    if (_ended)
                    {
                        return;
                    }

                    seen = _pulses;
                }

                var wait = _step();
                lock (_gate)
                {
                    // A pulse that came during the step must not be slept over.
                    if (!_ended && seen == _pulses && (wait == Timeout.InfiniteTimeSpan || wait > TimeSpan.Zero))
                    {
                        Monitor.Wait(_gate, wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)));
                    }
                }
            }
        }
    }
}
