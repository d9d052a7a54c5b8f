using System.Diagnostics;

namespace Holdfast.Agent.Tests.Api;

/// <summary>Waits for a condition, with a deadline.</summary>
public static class Eventually
{
    public static async Task True(Func<bool> condition, double seconds = 60)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(seconds, "the condition did not come true in time");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
