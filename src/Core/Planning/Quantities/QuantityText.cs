using System.Globalization;

namespace Holdfast.Core.Planning.Quantities;

/// <summary>Quantities as people read them: three significant digits and the unit that fits.</summary>
public static class QuantityText
{
    public static string Of(TimeSpan time)
    {
        var (value, unit) = InUnits(time);
        return $"{Digits(value)} {unit}";
    }

    /// <summary>Never less than it is: what must be allowed for it.</summary>
    public static string AtLeast(TimeSpan time)
    {
        var (value, unit) = InUnits(time);
        var scale = (decimal)Math.Pow(10, Decimals(value));
        // Less than a ten-thousandth of the last digit is the error of floating point, and no time.
        return $"{Digits((double)(Math.Ceiling(((decimal)value * scale) - 0.0001m) / scale))} {unit}";
    }

    /// <summary>Beside what was asked: with as many digits as it takes to see that the two are not the same.</summary>
    public static string Beside(TimeSpan time, TimeSpan asked)
    {
        var ((value, unit), other) = (InUnits(time), Of(asked));
        for (var more = 0; time != asked && more < 9; more++)
        {
            var text = $"{Digits(value, more)} {unit}";
            if (text != other)
            {
                return text;
            }
        }

        return Of(time);
    }

    private static (double Value, string Unit) InUnits(TimeSpan time) => time.TotalSeconds switch
    {
        0 => (0, "s"),
        < 1e-3 => (time.TotalMicroseconds, "µs"),
        < 1 => (time.TotalMilliseconds, "ms"),
        < 120 => (time.TotalSeconds, "s"),
        < 7200 => (time.TotalMinutes, "min"),
        < 172_800 => (time.TotalHours, "h"),
        < 63_072_000 => (time.TotalDays, "days"),
        _ => (time.TotalDays / 365.25, "years"),
    };

    /// <summary>To the three digits that are told, and never up: what must not be exceeded.</summary>
    public static TimeSpan RoundedDown(TimeSpan time) => TimeSpan.FromTicks(time.Ticks / LastDigit(time) * LastDigit(time));

    /// <summary>To the three digits that are told, and never down: what must be reached.</summary>
    public static TimeSpan RoundedUp(TimeSpan time) => RoundedDown(time) is var down && down == time ? time : down + TimeSpan.FromTicks(LastDigit(time));

    private static long LastDigit(TimeSpan time) => (long)Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, time.Ticks))) - 2));

    /// <summary>A bound that is not there: everything is lost, or it never comes.</summary>
    public static string Of(TimeSpan? time, string never) => time is { } known ? Of(known) : never;

    /// <summary>Beside what was asked, if anything was.</summary>
    public static string Beside(TimeSpan? time, TimeSpan? asked, string never) =>
        time is { } known && asked is { } demanded ? Beside(known, demanded) : Of(time, never);

    public static string Of(ByteCount amount) => Scaled(amount.Bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);

    public static string Of(ByteRate rate) => Scaled(rate.BytesPerSecond, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]);

    public static string Of(RouteLength route) => $"{Digits(route.Kilometres)} km";

    public static string Of(Money amount, string currency) => $"{currency} {amount.Amount.ToString("#,0", CultureInfo.InvariantCulture)}";

    /// <summary>A share of the time in which something serves: <c>99.95 %</c>, with as many nines as there are and one digit more.</summary>
    public static string Available(Probability available)
    {
        var nines = available.Not.Value <= 0 ? 9 : Math.Clamp((int)Math.Floor(-Math.Log10(available.Not.Value)), 0, 9);
        // Never more than it is: what misses 99.9 must not read like it.
        var digits = Math.Max(1, nines);
        var shown = (decimal)Math.Floor((available.Value * 100 * Math.Pow(10, digits)) + 1e-6) / (decimal)Math.Pow(10, digits);
        return shown.ToString($"0.{new string('#', digits)}", CultureInfo.InvariantCulture) + " %";
    }

    public static string Percent(double share) => double.IsInfinity(share) ? "∞" : $"{Digits(share * 100)} %";

    /// <summary>Three significant digits, without an exponent.</summary>
    public static string Digits(double value) => Digits(value, more: 0);

    /// <param name="more">So many digits more than three.</param>
    private static string Digits(double value, int more) => value == 0
        ? "0"
        : Math.Round(value, Math.Min(15, Decimals(value) + more)).ToString("0.###############", CultureInfo.InvariantCulture);

    private static int Decimals(double value) => value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);

    private static string Scaled(double value, string[] units)
    {
        var unit = 0;
        while (value >= 999.5 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return $"{Digits(value)} {units[unit]}";
    }
}
