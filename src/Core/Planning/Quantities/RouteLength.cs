namespace Holdfast.Core.Planning.Quantities;

/// <summary>How far the fibre goes between two places, in kilometres: the route, not the line on the map, which is often two thirds of it.</summary>
public readonly record struct RouteLength
{
    /// <exception cref="ImpossibleException">Negative, or longer than half the way round the earth twice over.</exception>
    public RouteLength(double kilometres)
    {
        Kilometres = ImpossibleException.IfNegative(kilometres, "a route", "km");
        if (kilometres > Longest)
        {
            throw new ImpossibleException(
                $"a route of {QuantityText.Digits(kilometres)} km is impossible on earth: two places are at most 20,000 km apart, a route 40,000 km");
        }
    }

    /// <summary>No two places are farther apart than 20,004 km; a route may be twice that.</summary>
    public const double Longest = 40_000;

    public double Kilometres { get; }
}
