using System.Globalization;

namespace Holdfast.Core.Backup;

/// <summary>The calendar by numbers alone, in UTC: the core has no clock, nor the types that come with one. Days count from 1970-01-01.</summary>
public static class CalendarTime
{
    private const int DaySeconds = 86_400;
    /// <summary>Four centuries always have as many.</summary>
    private const int CycleDays = 146_097;
    /// <summary>From the first of March of the year 0 to 1970-01-01. Years are counted from March here, so that a leap day is the last of its year.</summary>
    private const int EpochDays = 719_468;

    /// <summary>The day, and the time of it.</summary>
    public static (long Day, int Hour, int Minute) Split(long seconds)
    {
        var day = FloorDivide(seconds, DaySeconds);
        var rest = (int)(seconds - (day * DaySeconds));
        return (day, rest / 3600, rest / 60 % 60);
    }

    /// <summary>Seconds since 1970.</summary>
    public static long Seconds(long day, int hour, int minute) => (day * DaySeconds) + (hour * 3600) + (minute * 60);

    /// <summary>0 is Sunday.</summary>
    public static int Weekday(long day) => (int)(day + 4 - (FloorDivide(day + 4, 7) * 7));

    /// <summary>The date of a day.</summary>
    public static (long Year, int Month, int Day) Date(long day)
    {
        var shifted = day + EpochDays;
        var cycle = FloorDivide(shifted, CycleDays);
        var ofCycle = (int)(shifted - (cycle * CycleDays));
        // Leap days of every 4 years, but of every 100, but of every 400, are taken out to count years of 365 days.
        var year = (ofCycle - (ofCycle / 1460) + (ofCycle / 36_524) - (ofCycle / 146_096)) / 365;
        var ofYear = ofCycle - ((365 * year) + (year / 4) - (year / 100));
        // From March on months have 31, 30, 31, 30, 31 days, again and again: 153 in five.
        var fromMarch = ((5 * ofYear) + 2) / 153;
        var month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
        return ((cycle * 400) + year + (month <= 2 ? 1 : 0), month, ofYear - (((153 * fromMarch) + 2) / 5) + 1);
    }

    /// <summary><c>2026-11-23 13:30:00</c>.</summary>
    public static string Text(long seconds)
    {
        var (day, hour, minute) = Split(seconds);
        var (year, month, dayOfMonth) = Date(day);
        return string.Create(
            CultureInfo.InvariantCulture, $"{year:D4}-{month:D2}-{dayOfMonth:D2} {hour:D2}:{minute:D2}:{seconds - Seconds(day, hour, minute):D2}");
    }

    private static long FloorDivide(long number, int by) => (number / by) - (number % by < 0 ? 1 : 0);
}
