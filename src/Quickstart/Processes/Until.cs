namespace Holdfast.Quickstart.Processes;

/// <summary>Waits for a condition, with a deadline.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks again and again. False: it did not come true within the deadline.</summary>
    public static async Task<bool> TrueAsync(
        Func<bool> condition, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(start) > deadline)
            {
                return false;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }

        return true;
    }
}
