namespace Holdfast.Core.Planning.Quantities;

/// <summary>How often something happens, in times a year on average; never negative.</summary>
public readonly record struct YearlyRate
{
    /// <exception cref="ImpossibleException">Negative, or not finite.</exception>
    public YearlyRate(double timesAYear) => TimesAYear = ImpossibleException.IfNegative(timesAYear, "a rate", "times a year");

    public double TimesAYear { get; }

    /// <summary>Once in that time on average.</summary>
    /// <exception cref="ImpossibleException">Not above zero.</exception>
    public static YearlyRate OnceIn(TimeSpan meanTime) =>
        new(Duration.Year.TotalSeconds / ImpossibleException.IfNotPositive(meanTime.TotalSeconds, "a mean time between failures", "s"));

    /// <summary>That it happens at least once in a year, for events that know nothing of one another (Poisson).</summary>
    public Probability InAYear => new(1 - Math.Exp(-TimesAYear));

    public static YearlyRate operator *(YearlyRate rate, double times) => new(rate.TimesAYear * times);
    public static YearlyRate operator +(YearlyRate left, YearlyRate right) => new(left.TimesAYear + right.TimesAYear);
}
