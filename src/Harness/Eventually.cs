using System.Diagnostics;

namespace Holdfast.Harness;

/// <summary>Waits for conditions, with a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks until the answer is true.</summary>
    /// <exception cref="TimeoutException">It did not become true; the message is <paramref name="otherwise"/>.</exception>
    public static Task TrueAsync(Func<bool> condition, TimeSpan deadline, Func<string> otherwise) =>
        TrueAsync(() => Task.FromResult(condition()), deadline, otherwise);

    /// <inheritdoc cref="TrueAsync(Func{bool}, TimeSpan, Func{string})"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> otherwise)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > deadline)
            {
                throw new TimeoutException($"{otherwise()} (waited {deadline.TotalSeconds} s)");
            }

            await Task.Delay(Pause);
        }
    }
}
