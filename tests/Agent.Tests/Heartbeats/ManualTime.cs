namespace Holdfast.Agent.Tests.Heartbeats;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _now = 1_000_000;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public long Advance(TimeSpan by) => Interlocked.Add(ref _now, (long)by.TotalMicroseconds);
}
