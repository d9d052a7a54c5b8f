using System.Runtime.InteropServices;

namespace Holdfast.PlanBench.Delays;

/// <summary>Waits for fractions of a millisecond; the timers of the framework go by whole ones.</summary>
internal static class PreciseWait
{
    private const int Monotonic = 1;
    private const int Absolute = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds of CLOCK_MONOTONIC.</summary>
    public static long Now()
    {
        _ = ClockGetTime(Monotonic, out var time);
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    /// <summary>That long; not at all for zero.</summary>
    public static void For(TimeSpan time) => Until(Now() + (time.Ticks * TimeSpan.NanosecondsPerTick));

    /// <summary>Until that moment of <see cref="Now"/>; at once when it is past.</summary>
    public static void Until(long moment)
    {
        var until = new TimeSpec { Seconds = moment / NanosecondsPerSecond, Nanoseconds = moment % NanosecondsPerSecond };
        // Interrupted by a signal it returns early, and is simply called again.
        while (Now() < moment && ClockNanoSleep(Monotonic, Absolute, in until, IntPtr.Zero) != 0)
        {
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [DllImport("libc", EntryPoint = "clock_nanosleep")]
    private static extern int ClockNanoSleep(int clock, int flags, in TimeSpec until, IntPtr remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
