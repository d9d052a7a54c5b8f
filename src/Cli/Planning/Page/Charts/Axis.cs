using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <param name="At">The number that is marked.</param>
internal sealed record Tick(double At, string Label);

/// <summary>One direction of a chart: a range of numbers, and those of them that are written beside it.</summary>
/// <param name="Title">With the unit that the labels are in.</param>
internal sealed record Axis(string Title, double From, double To, ImmutableArray<Tick> Ticks, bool IsLogarithmic = false)
{
    /// <summary>From 0 to a number that is round and not below <paramref name="most"/>.</summary>
    /// <param name="unit">How much the 1 of a label stands for.</param>
    /// <param name="steps">At most so many.</param>
    public static Axis Linear(string title, double most, double unit = 1, int steps = 6)
    {
        var top = most > 0 ? most / unit : 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(top / steps)));
        var step = power * ((top / steps / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 });
        var count = Math.Max(1, (int)Math.Ceiling((top / step) - 1e-6));
        return new Axis(
            title, 0, count * step * unit,
            [.. Enumerable.Range(0, count + 1).Select(at => new Tick(
                at * step * unit, Math.Round(at * step, 9).ToString("#,0.######", CultureInfo.InvariantCulture)))]);
    }

    /// <summary>Where a number is, from 0 to 1; what is outside is at the end.</summary>
    public double Share(double value) => Math.Clamp(
        IsLogarithmic ? Math.Log(Math.Max(value, From) / From) / Math.Log(To / From) : (value - From) / (To - From), 0, 1);
}
