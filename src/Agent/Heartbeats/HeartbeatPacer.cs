namespace Holdfast.Agent.Heartbeats;

/// <summary>Sends the newest heartbeat at each interval on a thread of its own, and at once when nudged; stamps the sequence; feeds the score.</summary>
public sealed class HeartbeatPacer : IDisposable
{
    public HeartbeatPacer(TimeSpan interval, Func<Heartbeat> newest, Action<Heartbeat> send, SelfScore score, TimeProvider time) =>
        throw new NotSupportedException("shape only");

    public void Start() => throw new NotSupportedException("shape only");

    /// <summary>Sends now instead of at the next interval. Any thread; never blocks.</summary>
    public void Nudge() => throw new NotSupportedException("shape only");

    public void Dispose() { }
}
