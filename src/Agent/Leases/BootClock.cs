using System.Runtime.InteropServices;
using Holdfast.Core;

namespace Holdfast.Agent.Leases;

/// <summary>A clock that never jumps and goes on while the machine sleeps: comparable between the processes of one host.</summary>
public interface IBootClock
{
    /// <summary>Since the machine was booted.</summary>
    TimeSpan Now { get; }
}

/// <summary>
/// The kernel's <c>CLOCK_BOOTTIME</c>. The monotonic clock of the runtime stands still while the machine is suspended; a lease does not.
/// </summary>
public sealed partial class BootClock : IBootClock
{
    public static readonly BootClock Instance = new();
    private const int ClockBootTime = 7;

    private BootClock() { }

    public TimeSpan Now
    {
        get
        {
            Invariant.Check(GetTime(ClockBootTime, out var time) == 0, "Linux has had CLOCK_BOOTTIME since 2.6.39");
            return TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100));
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
