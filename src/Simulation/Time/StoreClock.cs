namespace Holdfast.Simulation.Time;

/// <summary>The clock and the timers of coordination.</summary>
internal sealed class StoreClock(Schedule schedule) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => schedule.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StoreTimer(schedule, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class StoreTimer(Schedule schedule, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                schedule.After(dueTime, null, () =>
                {
                    if (setting == _setting)
                    {
                        callback(state);
                    }
                });
            }

            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
