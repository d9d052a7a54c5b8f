namespace Holdfast.Quickstart.Tests;

/// <summary>A clock whose timestamps are milliseconds.</summary>
internal sealed class HandClock : TimeProvider
{
    public override long TimestampFrequency => 1000;
    public override long GetTimestamp() => throw new InvalidOperationException("the test hands over its timestamps");
}
