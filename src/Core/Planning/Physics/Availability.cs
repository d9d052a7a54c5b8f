using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>The share of the time in which something serves, and how parts make a whole.</summary>
public static class Availability
{
    /// <summary>MTBF / (MTBF + MTTR) for failures at a rate and a time to repair.</summary>
    public static Probability Of(YearlyRate failures, TimeSpan repair) =>
        new(1 / (1 + (failures.TimesAYear * (ImpossibleException.IfNegative(repair, "a time to repair") / Duration.Year))));

    /// <summary>
    /// All are needed: the product. B. Treynor, M. Dahlin, V. Rau and B. Beyer, "The Calculus of Service Availability", ACM Queue 15(2), 2017.
    /// </summary>
    public static Probability Series(IEnumerable<Probability> parts) => new(parts.Aggregate(1.0, (product, part) => product * part.Value));

    /// <summary>At least k of n equal parts that know nothing of one another: the upper tail of the binomial distribution.</summary>
    /// <exception cref="ImpossibleException">k is not from 0 to n.</exception>
    public static Probability AtLeast(int k, int n, Probability one)
    {
        if (k < 0 || n < 0 || k > n)
        {
            throw new ImpossibleException($"{k} of {n} parts are impossible: from 0 to as many as there are");
        }

        var sum = 0.0;
        for (var up = k; up <= n; up++)
        {
            sum += Choose(n, up) * Math.Pow(one.Value, up) * Math.Pow(one.Not.Value, n - up);
        }

        return new Probability(Math.Min(1, sum));
    }

    /// <summary>
    /// The same where a share β of all failures strikes all parts at once (power, network, software, an operator): the β-factor model of
    /// IEC 61508-6, Annex D. However many copies there are, it is not better than 1 − β·(1 − A).
    /// </summary>
    public static Probability AtLeast(int k, int n, Probability one, Probability commonCause)
    {
        if (k == 0 || n == 1)
        {
            return AtLeast(k, n, one); // nothing is shared with nobody
        }

        var common = commonCause.Value * one.Not.Value;
        var alone = new Probability(1 - ((1 - commonCause.Value) * one.Not.Value));
        return new Probability(AtLeast(k, n, alone).Value * (1 - common));
    }

    /// <summary>How long a year it does not serve.</summary>
    public static TimeSpan DowntimeAYear(Probability available) => Duration.OfSeconds(available.Not.Value * Duration.Year.TotalSeconds);

    private static double Choose(int n, int k)
    {
        var result = 1.0;
        for (var i = 1; i <= Math.Min(k, n - k); i++)
        {
            result = result * (n - i + 1) / i;
        }

        return result;
    }
}
