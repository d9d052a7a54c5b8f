namespace Holdfast.Agent.Heartbeats;

/// <summary>A part of the agent that is due at known times.</summary>
public enum SelfPart { Pacer, MainLoop }

/// <summary>Is this agent itself healthy enough to accuse others (R7)? Timestamps are <see cref="TimeProvider.GetTimestamp"/>. Thread-safe.</summary>
public sealed class SelfScore
{
    public SelfScore(TimeProvider time, TimeSpan suspectAfter) => throw new NotSupportedException("shape only");

    /// <summary>The part is to run next at this time at the latest.</summary>
    public void Due(SelfPart part, long dueAt) => throw new NotSupportedException("shape only");

    /// <summary>The part runs now; how late it is, follows from the last <see cref="Due"/>.</summary>
    public void Ran(SelfPart part, long ranAt) => throw new NotSupportedException("shape only");

    /// <summary>All threads stood still (garbage collection) for so long until <paramref name="endedAt"/>.</summary>
    public void Paused(TimeSpan duration, long endedAt) => throw new NotSupportedException("shape only");

    /// <summary>False: accuse nobody.</summary>
    public bool IsTrustworthy(long now) => throw new NotSupportedException("shape only");

    /// <summary>Silence of others before this time proves nothing.</summary>
    public long SilenceStartsAt(long now) => throw new NotSupportedException("shape only");
}
