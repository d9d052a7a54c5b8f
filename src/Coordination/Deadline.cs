namespace Holdfast.Coordination;

/// <summary>A moment on the monotonic clock by which something must be over.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan total)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Total => total;

    /// <summary>Time left; never negative.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = total - time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>A deadline of its own for one of <paramref name="attempts"/> attempts that remain.</summary>
    public Deadline Part(int attempts) => new(time, Share(attempts));

    /// <summary>A fair part of what is left when <paramref name="attempts"/> attempts remain, this one included.</summary>
    public TimeSpan Share(int attempts) => Left / Math.Max(1, attempts);
}
