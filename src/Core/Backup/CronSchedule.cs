using System.Globalization;
using System.Numerics;

namespace Holdfast.Core.Backup;

/// <summary>
/// Times in the form of cron: minute, hour, day of the month, month, day of the week, in UTC. A field is <c>*</c>, a number, a range
/// <c>1-5</c>, a step <c>*/15</c> or <c>0-30/10</c>, or a list of those. Sunday is 0 and 7. As in cron, where both kinds of days are limited, either counts.
/// </summary>
public sealed record CronSchedule
{
    private static readonly (string Name, int Least, int Most)[] Fields =
        [("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7)];

    /// <summary>The longest between two days that a schedule may name: a 29th of February across a century's turn.</summary>
    private const int LongestDays = (8 * 366) + 1;

    /// <summary>The first second of the year 2100, from which on back there is a 29th of February four years before.</summary>
    private const long FarAhead = 4_102_444_800;

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _days;
    private readonly ulong _months;
    private readonly ulong _weekdays;
    private readonly bool _eitherDay;

    private CronSchedule(string text, ulong[] bits, bool eitherDay)
    {
        (Text, _eitherDay) = (text, eitherDay);
        (_minutes, _hours, _days, _months, _weekdays) = (bits[0], bits[1], bits[2], bits[3], bits[4]);
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public override string ToString() => Text;

    /// <param name="problem">What is wrong, for people; null when it can be read.</param>
    /// <returns>Null: it cannot be read, or there is no such time.</returns>
    public static CronSchedule? Parse(string text, out string? problem)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != Fields.Length)
        {
            problem = $"has {words.Length} fields, not five: minute, hour, day of the month, month, day of the week";
            return null;
        }

        var bits = new ulong[Fields.Length];
        for (var at = 0; at < words.Length; at++)
        {
            var (name, least, most) = Fields[at];
            if (Bits(words[at], least, most) is not { } set)
            {
                problem = $"has the {name} '{words[at]}', which is not *, a number from {least} to {most}, a range, a step or a list of those";
                return null;
            }

            bits[at] = set;
        }

        bits[4] = (bits[4] | (bits[4] >> 7)) & 0x7F;
        var schedule = new CronSchedule(string.Join(' ', words), bits, eitherDay: words[2] != "*" && words[4] != "*");
        problem = schedule.Latest(FarAhead) is null ? "names a day that never comes" : null;
        return problem is null ? schedule : null;
    }

    /// <summary>The last such minute at or before a moment, both in seconds since 1970 (UTC); null: none in years.</summary>
    public long? Latest(long moment)
    {
        var (day, hour, minute) = CalendarTime.Split(moment);
        for (var back = 0; back < LongestDays; back++)
        {
            if (IsDay(day) && LastOf(hour, minute) is var (h, m))
            {
                return CalendarTime.Seconds(day, h, m);
            }

            (day, hour, minute) = (day - 1, 23, 59);
        }

        return null;
    }

    /// <summary>The first such minute after a moment; null: none in years.</summary>
    public long? Next(long moment)
    {
        var (day, hour, minute) = CalendarTime.Split(moment + 60);
        for (var ahead = 0; ahead < LongestDays; ahead++)
        {
            if (IsDay(day) && FirstOf(hour, minute) is var (h, m))
            {
                return CalendarTime.Seconds(day, h, m);
            }

            (day, hour, minute) = (day + 1, 0, 0);
        }

        return null;
    }

    private bool IsDay(long day)
    {
        var (_, month, dayOfMonth) = CalendarTime.Date(day);
        var (inMonth, inWeek) = (Has(_days, dayOfMonth), Has(_weekdays, CalendarTime.Weekday(day)));
        return Has(_months, month) && (_eitherDay ? inMonth || inWeek : inMonth && inWeek);
    }

    /// <summary>The last time of a day that is not after this one.</summary>
    private (int Hour, int Minute)? LastOf(int hour, int minute)
    {
        if (Has(_hours, hour) && Highest(_minutes, minute) is { } same)
        {
            return (hour, same);
        }

        return hour > 0 && Highest(_hours, hour - 1) is { } earlier ? (earlier, Highest(_minutes, 59)!.Value) : null;
    }

    /// <summary>The first time of a day that is not before this one.</summary>
    private (int Hour, int Minute)? FirstOf(int hour, int minute)
    {
        if (Has(_hours, hour) && Lowest(_minutes, minute) is { } same)
        {
            return (hour, same);
        }

        return hour < 23 && Lowest(_hours, hour + 1) is { } later ? (later, Lowest(_minutes, 0)!.Value) : null;
    }

    private static bool Has(ulong bits, int number) => (bits >> number & 1) != 0;

    private static int? Highest(ulong bits, int atMost)
    {
        var left = bits & (ulong.MaxValue >> (63 - atMost));
        return left == 0 ? null : 63 - BitOperations.LeadingZeroCount(left);
    }

    private static int? Lowest(ulong bits, int atLeast)
    {
        var left = bits & (ulong.MaxValue << atLeast);
        return left == 0 ? null : BitOperations.TrailingZeroCount(left);
    }

    private static ulong? Bits(string field, int least, int most)
    {
        ulong bits = 0;
        foreach (var part in field.Split(','))
        {
            var slash = part.Split('/');
            var range = slash[0].Split('-');
            var step = 1;
            if (slash.Length > 2 || range.Length > 2 || (slash.Length == 2 && (!Number(slash[1], 1, most, out step) || (range[0] != "*" && range.Length == 1))))
            {
                return null;
            }

            var (first, last) = (least, most);
            if (slash[0] != "*")
            {
                if (!Number(range[0], least, most, out first) || !Number(range[^1], least, most, out last) || last < first)
                {
                    return null;
                }
            }

            for (var number = first; number <= last; number += step)
            {
                bits |= 1UL << number;
            }
        }

        return bits;
    }

    private static bool Number(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
}
