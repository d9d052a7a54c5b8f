namespace Holdfast.Engines.Hosting;

/// <summary>Waits for a condition.</summary>
internal static class Wait
{
    public static readonly TimeSpan Fine = TimeSpan.FromMilliseconds(2);
    public static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when the condition holds; the token is the deadline.</summary>
    public static async Task UntilAsync(TimeProvider time, TimeSpan step, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            await Task.Delay(step, time, cancellationToken);
        }
    }

    /// <summary>False: the limit passed before the condition held.</summary>
    public static async Task<bool> UntilAsync(
        TimeProvider time, TimeSpan step, TimeSpan limit, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(start) >= limit)
            {
                return false;
            }

            await Task.Delay(step, time, cancellationToken);
        }

        return true;
    }
}
