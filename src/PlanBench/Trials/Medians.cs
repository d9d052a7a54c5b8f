namespace Holdfast.PlanBench.Trials;

/// <summary>The middle one of many measurements.</summary>
internal static class Medians
{
    public static TimeSpan Of(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
