using System.Diagnostics;

namespace Holdfast.Harness.Members;

/// <summary>How long a writer waited.</summary>
internal static class Gaps
{
    /// <param name="acknowledged">Monotonic timestamps of acknowledgements, in order.</param>
    /// <returns>The longest time between two of them since a timestamp, up to the newest.</returns>
    public static TimeSpan Longest(IEnumerable<long> acknowledged, long since)
    {
        var times = acknowledged.Where(at => at >= since).Prepend(since).ToList();
        return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).DefaultIfEmpty(TimeSpan.MaxValue).Max();
    }
}
