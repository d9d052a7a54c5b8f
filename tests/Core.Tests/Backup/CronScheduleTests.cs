using System.Globalization;
using Holdfast.Core.Backup;

namespace Holdfast.Core.Tests.Backup;

public class CronScheduleTests
{
    [Theory]
    [InlineData("0 2 * * 0", "2026-11-23 00:00", "2026-11-22 02:00", "2026-11-29 02:00")]
    [InlineData("0 2 * * 7", "2026-11-22 02:00", "2026-11-22 02:00", "2026-11-29 02:00")]
    [InlineData("0 2 * * 0", "2026-11-22 01:59", "2026-11-15 02:00", "2026-11-22 02:00")]
    [InlineData("*/15 * * * *", "2026-12-31 23:59", "2026-12-31 23:45", "2027-01-01 00:00")]
    [InlineData("5-10/5,40 8-10 * * 1-5", "2026-11-21 12:00", "2026-11-20 10:40", "2026-11-23 08:05")]
    [InlineData("0 0 29 2 *", "2027-03-01 00:00", "2024-02-29 00:00", "2028-02-29 00:00")]
    [InlineData("30 4 1,15 * 5", "2026-11-14 00:00", "2026-11-13 04:30", "2026-11-15 04:30")]
    [InlineData("30 4 15 * *", "2026-11-14 00:00", "2026-10-15 04:30", "2026-11-15 04:30")]
    public void The_times_around_a_moment(string text, string moment, string latest, string next)
    {
        var schedule = CronSchedule.Parse(text, out var problem).ShouldNotBeNull(problem);

        schedule.Latest(At(moment)).ShouldBe(At(latest));
        schedule.Next(At(moment)).ShouldBe(At(next));
    }

    [Theory]
    [InlineData("0 2 * *", "has 4 fields")]
    [InlineData("60 2 * * *", "has the minute '60'")]
    [InlineData("0 24 * * *", "has the hour '24'")]
    [InlineData("0 2 0 * *", "has the day of the month '0'")]
    [InlineData("0 2 * 13 *", "has the month '13'")]
    [InlineData("0 2 * * 8", "has the day of the week '8'")]
    [InlineData("0 2 * * mon", "has the day of the week 'mon'")]
    [InlineData("5-3 * * * *", "has the minute '5-3'")]
    [InlineData("*/0 * * * *", "has the minute '*/0'")]
    [InlineData("5/5 * * * *", "has the minute '5/5'")]
    [InlineData("1,,2 * * * *", "has the minute '1,,2'")]
    [InlineData("-1 * * * *", "has the minute '-1'")]
    [InlineData("0 0 31 2 *", "names a day that never comes")]
    public void What_is_no_schedule_is_refused_with_what_is_wrong(string text, string problem)
    {
        CronSchedule.Parse(text, out var told).ShouldBeNull();

        told.ShouldNotBeNull().ShouldStartWith(problem);
    }

    [Fact]
    public void The_calendar_is_that_of_the_framework()
    {
        for (var day = DateTimeOffset.UnixEpoch.AddYears(-170); day.Year < 2500; day = day.AddDays(1))
        {
            var (date, number) = (CalendarTime.Date(day.ToUnixTimeSeconds() / 86_400), day.ToUnixTimeSeconds() / 86_400);
            if (date != (day.Year, day.Month, day.Day) || CalendarTime.Weekday(number) != (int)day.DayOfWeek)
            {
                Assert.Fail($"{day} is not {date}, weekday {CalendarTime.Weekday(number)}");
            }
        }

        CalendarTime.Text(At("2026-11-23 13:30") + 7).ShouldBe("2026-11-23 13:30:07");
    }

    [Fact]
    public void Latest_and_next_are_what_asking_minute_by_minute_finds()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var text = string.Join(' ', Field(random, 0, 59), Field(random, 0, 23), random.Next(2) == 0 ? "*" : Field(random, 1, 28), "*",
                random.Next(2) == 0 ? "*" : Field(random, 0, 6));
            var schedule = CronSchedule.Parse(text, out _).ShouldNotBeNull(text);
            var moment = At("2026-01-01 00:00") + random.Next(525_600 * 60);

            var latest = schedule.Latest(moment)!.Value;
            var next = schedule.Next(moment)!.Value;

            latest.ShouldBeLessThanOrEqualTo(moment, text);
            next.ShouldBeGreaterThan(moment, text);
            Matches(text, latest).ShouldBeTrue($"{text} at {latest}");
            Matches(text, next).ShouldBeTrue($"{text} at {next}");
            for (var between = latest + 60; between < next; between += 60)
            {
                Matches(text, between).ShouldBeFalse($"{text} at {between}");
            }
        }
    }

    /// <summary>The same by another way: field by field, for lists of numbers.</summary>
    private static bool Matches(string text, long moment)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(moment);
        var fields = text.Split(' ');
        bool Has(int field, int value) => fields[field] == "*" || fields[field].Split(',').Contains(value.ToString(CultureInfo.InvariantCulture));
        var (day, weekday) = (Has(2, at.Day), Has(4, (int)at.DayOfWeek));
        return Has(0, at.Minute) && Has(1, at.Hour) && Has(3, at.Month)
            && (fields[2] != "*" && fields[4] != "*" ? day || weekday : day && weekday);
    }

    private static string Field(Random random, int least, int most) => string.Join(
        ',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(least, most + 1).ToString(CultureInfo.InvariantCulture)));

    private static long At(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds();
}
