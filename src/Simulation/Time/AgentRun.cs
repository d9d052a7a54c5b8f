using Holdfast.Agent.Leases;

namespace Holdfast.Simulation.Time;

/// <summary>
/// One run of an agent, from its start until it is killed: its scheduler, its clock and its timers. When the run has ended, whatever was in the middle
/// of something is dropped for ever, as with a process that was killed.
/// </summary>
internal sealed class AgentRun(Schedule schedule, string host) : TaskScheduler, IBootClock
{
    /// <summary>A restarted agent is another run of the same member.</summary>
    public bool Ended { get; private set; }

    /// <summary>How far a call that blocks has taken this thread ahead of the others; in ticks.</summary>
    private long _ahead;

    public string Host => host;

    public TimeProvider Clock => field ??= new HostClock(this);

    /// <summary>The wall clock of this host is wrong by so much. Nothing may be decided on it.</summary>
    public TimeSpan WallClockError { get; set; }

    TimeSpan IBootClock.Now => TimeSpan.FromTicks(schedule.Now + _ahead);

    public void End() => Ended = true;

    /// <summary>A call that blocks has taken so long: until the step of this thread ends, its boot clock shows it.</summary>
    public void Blocked(TimeSpan duration) => _ahead += duration.Ticks;

    /// <summary>Does something on this host, unless the run has ended by then.</summary>
    public void After(TimeSpan delay, Action what) => schedule.After(delay, host, () =>
    {
        if (!Ended)
        {
            what();
            _ahead = 0;
        }
    });

    /// <summary>Begins the agent's work.</summary>
    public void Start(Func<Task> work) => _ = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    /// <exception cref="AgentKilledException">The run has ended.</exception>
    public void ThrowIfEnded()
    {
        if (Ended)
        {
            throw new AgentKilledException();
        }
    }

    /// <summary>Also on the thread of the finalizers, which ends the timers of runs that have ended.</summary>
    protected override void QueueTask(Task task)
    {
        if (!Ended)
        {
            After(TimeSpan.Zero, () => TryExecuteTask(task));
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private sealed class HostClock(AgentRun run) : TimeProvider
    {
        private static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => run.Now;

        public override DateTimeOffset GetUtcNow() => Beginning + TimeSpan.FromTicks(run.Now) + run.WallClockError;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new HostTimer(run, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    private long Now => schedule.Now;

    private sealed class HostTimer(AgentRun run, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Set(setting, dueTime, period);
            }

            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(int setting, TimeSpan dueTime, TimeSpan period) => run.After(dueTime, () =>
        {
            if (setting == _setting)
            {
                if (period != Timeout.InfiniteTimeSpan)
                {
                    Set(setting, period, period);
                }

                callback(state);
            }
        });
    }
}

/// <summary>Ends whatever an agent is doing at the moment when it is killed. Nobody catches it.</summary>
internal sealed class AgentKilledException : Exception
{
    public AgentKilledException() : base("the agent was killed in the middle of this") { }
    public AgentKilledException(string message) : base(message) { }
    public AgentKilledException(string message, Exception innerException) : base(message, innerException) { }
}
