namespace Holdfast.Agent.Leases;

/// <summary>A clock that never jumps and goes on while the machine sleeps: comparable between the processes of one host.</summary>
public interface IBootClock
{
    /// <summary>Since the machine was booted.</summary>
    TimeSpan Now { get; }
}

/// <summary>The kernel's <c>CLOCK_BOOTTIME</c>.</summary>
public sealed class BootClock : IBootClock
{
    public static readonly BootClock Instance = new();
    private BootClock() { }
    public TimeSpan Now => throw new NotSupportedException("shape only");
}
