namespace Holdfast.Core.Planning.Quantities;

/// <summary>Times from computed seconds. What would not fit into a <see cref="TimeSpan"/> is its largest value, some 29,000 years.</summary>
public static class Duration
{
    public static readonly TimeSpan Year = TimeSpan.FromDays(365.25);

    /// <exception cref="ImpossibleException">Negative, or not a number.</exception>
    public static TimeSpan OfSeconds(double seconds) =>
        double.IsNaN(seconds) || seconds < 0
            ? throw new ImpossibleException(FormattableString.Invariant($"a time of {seconds} s is impossible: it is a number from 0 on"))
            : seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    /// <summary>A sum that stops at the largest value.</summary>
    public static TimeSpan Sum(IEnumerable<TimeSpan> times) => OfSeconds(times.Sum(time => time.TotalSeconds));

    public static TimeSpan Longest(TimeSpan left, TimeSpan right) => left >= right ? left : right;
}
