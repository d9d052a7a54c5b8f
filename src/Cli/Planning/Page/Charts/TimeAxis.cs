namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>Axes of times, whose numbers are seconds.</summary>
internal static class TimeAxis
{
    private const double Day = 86_400;
    private const double Year = 365.25 * Day;

    private static readonly (double Seconds, string Name)[] Units =
        [(1e-6, "µs"), (1e-3, "ms"), (1, "s"), (60, "min"), (3600, "hours"), (Day, "days"), (Year, "years")];

    /// <summary>What people call the marks of a range that goes from microseconds to years.</summary>
    private static readonly Tick[] Marks =
    [
        new(1e-6, "1 µs"), new(1e-5, "10 µs"), new(1e-4, "100 µs"), new(1e-3, "1 ms"), new(1e-2, "10 ms"), new(0.1, "100 ms"),
        new(1, "1 s"), new(10, "10 s"), new(60, "1 min"), new(600, "10 min"), new(3600, "1 h"), new(6 * 3600, "6 h"),
        new(Day, "1 day"), new(10 * Day, "10 days"), new(100 * Day, "100 days"),
        new(Year, "1 year"), new(10 * Year, "10 years"), new(100 * Year, "100 years"),
        new(1000 * Year, "1,000 years"), new(1e4 * Year, "10,000 years"), new(1e5 * Year, "100,000 years"),
    ];

    /// <summary>In the unit of which there are at least two.</summary>
    public static Axis Linear(string title, double mostSeconds)
    {
        var (seconds, name) = Units.LastOrDefault(unit => mostSeconds >= 2 * unit.Seconds, Units[0]);
        return Axis.Linear($"{title}, {name}", mostSeconds, seconds);
    }

    /// <summary>From the mark below the least to the mark above the most.</summary>
    /// <param name="labels">At most so many.</param>
    public static Axis Logarithmic(string title, double leastSeconds, double mostSeconds, int labels = 5)
    {
        var first = Math.Min(Math.Max(0, Array.FindLastIndex(Marks, mark => mark.At <= leastSeconds)), Marks.Length - 2);
        var last = Array.FindIndex(Marks, mark => mark.At >= mostSeconds);
        last = Math.Max(first + 1, last < 0 ? Marks.Length - 1 : last);
        var apart = (last - first + labels - 1) / labels;
        var ticks = Marks[first..(last + 1)].Where((_, at) => at % apart == 0);
        return new Axis(title, Marks[first].At, Marks[last].At, [.. ticks], IsLogarithmic: true);
    }
}
