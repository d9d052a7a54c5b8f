using System.Diagnostics;

namespace Holdfast.Agent.Tests;

/// <summary>Waits for a condition, with a deadline.</summary>
internal static class Await
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static void That(Func<bool> condition, string meaning, TimeSpan? within = null)
    {
        var begun = Stopwatch.GetTimestamp();
        using var pause = new ManualResetEventSlim();
        while (!condition())
        {
            (Stopwatch.GetElapsedTime(begun) < (within ?? Long)).ShouldBeTrue($"in time: {meaning}");
            pause.Wait(TimeSpan.FromMilliseconds(5));
        }
    }
}
