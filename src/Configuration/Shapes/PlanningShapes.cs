using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Configuration.Yaml;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Configuration.Shapes;

/// <summary>A short time, finer than a duration: <c>300us</c>, <c>0.5ms</c>, <c>6ms</c>, <c>1s</c>.</summary>
internal sealed class LatencyShape : ScalarShape<TimeSpan>
{
    public static readonly LatencyShape Instance = new();

    private const double LargestSeconds = 60;

    public override string Name => "latency";
    public override string Explanation => "A number and a unit: `300us` (microseconds), `0.5ms`, `6ms` or `1s`; at most `60s`.";
    protected override string Remedy => "write for example 300us, 0.5ms or 6ms";
    public override JsonObject Describe() => TextSchema(@"^[0-9]{1,8}(\.[0-9]{1,3})?(us|ms|s)$");

    public override string Format(TimeSpan value) => value switch
    {
        { TotalMilliseconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{value.TotalMicroseconds:0.###}us"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.###}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.###}s"),
    };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out TimeSpan value)
    {
        value = default;
        var match = Regex.Match(
            scalar.Text, @"^(?<number>[0-9]{1,8}(\.[0-9]{1,3})?)(?<unit>us|µs|ms|s)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
        if (!match.Success)
        {
            Refuse(scalar, place, context);
            return false;
        }

        var seconds = double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch
        {
            "s" => 1,
            "ms" => 1e-3,
            _ => 1e-6,
        };
        if (seconds > LargestSeconds)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is longer than 60s", "write a shorter time");
            return false;
        }

        value = TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        return true;
    }
}

/// <summary>A time that is planned with, as long as backups are kept: <c>90s</c>, <c>24h</c>, <c>30d</c>.</summary>
internal sealed class PlannedTimeShape : ScalarShape<TimeSpan>
{
    public static readonly PlannedTimeShape Instance = new();

    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public override string Name => "planned time";
    protected override string Noun => "duration";
    public override string Explanation => "A whole number and a unit: `500ms`, `90s`, `15m`, `24h` or `30d`; at most `3650d`.";
    protected override string Remedy => "write for example 90s, 15m, 24h or 30d";
    public override JsonObject Describe() => TextSchema(@"^[0-9]{1,9}(ms|s|m|h|d)$");

    public override string Format(TimeSpan value) => value > TimeSpan.FromDays(1) && value.Ticks % TimeSpan.TicksPerDay == 0
        ? $"{value.Ticks / TimeSpan.TicksPerDay}d"
        : DurationShape.Text(value);

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out TimeSpan value)
    {
        value = default;
        if (DurationShape.Read(scalar.Text, "ms|s|m|h|d") is not var (number, unit))
        {
            var bare = long.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
            Refuse(scalar, place, context, bare ? $"add the unit: {scalar.Text}s, {scalar.Text}m, {scalar.Text}h or {scalar.Text}d" : null);
            return false;
        }

        if (number > Longest.Ticks / unit)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is longer than {Format(Longest)}", "write a shorter time");
            return false;
        }

        value = TimeSpan.FromTicks(number * unit);
        return true;
    }
}

/// <summary>How long a route is: <c>550km</c>.</summary>
internal sealed class RouteShape : ScalarShape<RouteLength>
{
    public static readonly RouteShape Instance = new();

    public override string Name => "route";
    protected override string Noun => "route length";
    public override string Explanation => "Kilometres of fibre: `12km` or `0.4km`. Some one and a half times the distance on a map; at most `40000km`.";
    protected override string Remedy => "write for example 550km";
    public override string Format(RouteLength value) => string.Create(CultureInfo.InvariantCulture, $"{value.Kilometres:0.###}km");
    public override JsonObject Describe() => TextSchema(@"^[0-9]{1,5}(\.[0-9]{1,3})?km$");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out RouteLength value)
    {
        value = default;
        var match = Regex.Match(scalar.Text, @"^(?<number>[0-9]{1,5}(\.[0-9]{1,3})?)km\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
        if (!match.Success)
        {
            Refuse(scalar, place, context);
            return false;
        }

        var kilometres = double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        if (kilometres > RouteLength.Longest)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is longer than any route on earth", "write at most 40000km");
            return false;
        }

        value = new RouteLength(kilometres);
        return true;
    }
}

/// <summary>A number, with decimals where wanted, from 0 to a bound.</summary>
internal sealed class NumberShape(double largest, string example) : ScalarShape<double>
{
    public override string Name => largest == 1 ? "share" : "number";
    public override string? Explanation => largest == 1 ? "From `0` to `1`, such as `0.02`." : "Such as `12` or `0.5`; not below 0.";
    protected override string Remedy => $"write a number from 0 to {largest.ToString("0.############", CultureInfo.InvariantCulture)}, such as {example}";
    public override string Format(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
    public override JsonNode FormatJson(double value) => JsonValue.Create(value);
    public override JsonObject Describe() => new() { ["type"] = "number", ["minimum"] = 0, ["maximum"] = largest };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out double value)
    {
        value = 0;
        if (!scalar.IsPlain || !Regex.IsMatch(scalar.Text, @"^[0-9]{1,15}(\.[0-9]{1,12})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture))
        {
            Refuse(scalar, place, context);
            return false;
        }

        value = double.Parse(scalar.Text, CultureInfo.InvariantCulture);
        if (value > largest)
        {
            context.Findings.Error(place, $"{scalar.Text} is out of range", Remedy);
            return false;
        }

        return true;
    }
}
