namespace Holdfast.Agent.Watching;

/// <summary>Since when a condition has held, on a monotonic clock.</summary>
internal sealed class Since(TimeProvider time)
{
    private long? _start;

    /// <summary>How long it has held without a break; zero while it does not.</summary>
    public TimeSpan Elapsed => _start is { } start ? time.GetElapsedTime(start) : TimeSpan.Zero;

    public TimeSpan? ElapsedOrNull => _start is { } start ? time.GetElapsedTime(start) : null;

    public bool Holds => _start is not null;

    public void Update(bool holds) => _start = holds ? _start ?? time.GetTimestamp() : null;
}
