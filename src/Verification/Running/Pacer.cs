namespace Holdfast.Verification.Running;

/// <summary>Keeps one job within its share of time, and all jobs together within a rate. Work is done first and paid for afterwards.</summary>
internal sealed class Pacer(VerifyOptions options, RateLimit rate, TimeProvider time)
{
    private long _owedTicks;

    /// <summary>So long has been read, which is to be paid for with the next pause.</summary>
    public void Owe(TimeSpan work) => Interlocked.Add(ref _owedTicks, (work * ((1 / options.Share) - 1)).Ticks);

    /// <summary>Pauses as long as is owed.</summary>
    public async Task PauseAsync(long bytes, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromTicks(Math.Max(Interlocked.Exchange(ref _owedTicks, 0), rate.Take(bytes).Ticks));
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, cancellationToken);
        }
    }
}

/// <summary>Bytes per second, shared by all jobs.</summary>
internal sealed class RateLimit(long? bytesPerSecond, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private TimeSpan _paidUntil;

    /// <summary>Takes so many bytes; returns how long to wait before the next are taken.</summary>
    public TimeSpan Take(long bytes)
    {
        if (bytesPerSecond is not { } limit)
        {
            return TimeSpan.Zero;
        }

        lock (_gate)
        {
            var now = time.GetElapsedTime(_start);
            // What was not used before is not saved up: a burst after a pause is what a limit is there to prevent.
            _paidUntil = (_paidUntil > now ? _paidUntil : now) + TimeSpan.FromSeconds((double)bytes / limit);
            return _paidUntil - now;
        }
    }
}
