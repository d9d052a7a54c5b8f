using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>
/// How long light takes through fibre. The group index of ordinary single-mode fibre at 1550 nm is 1.468 (Corning, SMF-28 Ultra product
/// information), so light goes 299,792 km/s / 1.468 = 204,200 km a second: 4.9 µs for each kilometre, one way.
/// </summary>
public static class Propagation
{
    private const double LightKilometresPerSecond = 299_792.458;
    private const double GroupIndex = 1.468;

    /// <summary>One way, in microseconds per kilometre of route: 4.897.</summary>
    public const double MicrosecondsPerKilometre = 1e6 * GroupIndex / LightKilometresPerSecond;

    public static TimeSpan OneWay(RouteLength route) => Duration.OfSeconds(route.Kilometres * MicrosecondsPerKilometre / 1e6);

    /// <summary>There and back, and what the equipment on the way takes in both directions together.</summary>
    public static TimeSpan RoundTrip(RouteLength route, TimeSpan equipment = default) =>
        OneWay(route) + OneWay(route) + ImpossibleException.IfNegative(equipment, "a delay of equipment");

    /// <summary>The farthest that a round-trip time allows. Null: not even next door, for the equipment takes all of it.</summary>
    public static RouteLength? Reach(TimeSpan roundTrip, TimeSpan equipment = default) => roundTrip < equipment
        ? null
        : new RouteLength(Math.Min(RouteLength.Longest, (roundTrip - equipment).TotalMicroseconds / (2 * MicrosecondsPerKilometre)));
}
