using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Backup;

public class BackupTimingTests
{
    [Theory]
    [InlineData("0 2 * * 0", null, "0 * * * *", 1, 168)]
    [InlineData("0 2 * * 0", "0 2 * * 1-6", null, 24, 168)]
    [InlineData("30 8-18 * * 1-5", null, null, 62, 62)] // from Friday evening to Monday morning
    [InlineData(null, null, "0 3 1 * *", 744, null)]
    [InlineData(null, null, null, null, null)]
    public void The_longest_pause_between_two_is_what_a_plan_reckons_with(string? full, string? differential, string? incremental, int? all, int? between)
    {
        static CronSchedule? Read(string? text) => text is null ? null : CronSchedule.Parse(text, out _).ShouldNotBeNull();
        var spec = new BackupSpec
        {
            Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty,
            Full = Read(full),
            Differential = Read(differential),
            Incremental = Read(incremental),
        };

        (spec.LongestInterval?.TotalHours, spec.LongestFullInterval?.TotalHours).ShouldBe((all, between));
    }

    private static readonly BackupSpec Weekly = new()
    {
        Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty,
        Full = CronSchedule.Parse("0 2 * * 0", out _),
        Differential = CronSchedule.Parse("0 2 * * 1-6", out _),
        Incremental = CronSchedule.Parse("0 * * * *", out _),
    };

    [Fact]
    public void Without_a_backup_a_full_one_is_due_at_once() => Due(View("2026-11-23 13:30")).ShouldBe(BackupType.Full);

    [Fact]
    public void Without_a_schedule_nothing_is_ever_due() => Due(View("2026-11-23 13:30") with
    {
        Spec = new BackupSpec { Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty },
        IsCutOff = true,
    }).ShouldBeNull();

    [Theory]
    // Sunday's was missed, and stands in for all that was due since.
    [InlineData("2026-11-23 13:30", "full 2026-11-15 02:00", BackupType.Full)]
    [InlineData("2026-11-23 13:30", "full 2026-11-22 02:00", BackupType.Differential)]
    [InlineData("2026-11-23 13:30", "full 2026-11-22 02:00, differential 2026-11-23 02:01", BackupType.Incremental)]
    [InlineData("2026-11-23 13:30", "full 2026-11-22 02:00, differential 2026-11-23 13:00", null)]
    [InlineData("2026-11-23 13:30", "full 2026-11-22 02:00, incremental 2026-11-23 13:01", BackupType.Differential)]
    // A full one, taken by hand, does for the others.
    [InlineData("2026-11-23 13:30", "full 2026-11-23 13:10", null)]
    [InlineData("2026-11-23 14:00", "full 2026-11-23 13:10", BackupType.Incremental)]
    public void The_strongest_that_was_due_since_the_last_that_counts(string now, string backups, BackupType? due) =>
        Due(View(now, backups)).ShouldBe(due);

    [Fact]
    public void After_a_failure_it_waits_and_then_tries_again()
    {
        var view = View("2026-11-23 13:30");

        Due(view with { FailedFor = TimeSpan.FromSeconds(10) }).ShouldBeNull();
        Due(view with { FailedFor = BackupTiming.RetryAfter }).ShouldBe(BackupType.Full);
    }

    [Fact]
    public void When_log_is_missing_after_the_newest_another_is_due_though_none_was_wanted_yet() =>
        Due(View("2026-11-23 13:30", "full 2026-11-23 13:10") with { IsCutOff = true }).ShouldBe(BackupType.Incremental);

    [Fact]
    public void What_was_taken_is_not_due_again_in_the_same_minute()
    {
        var moment = At("2026-11-01 00:00");
        var taken = new List<BackupSet>();
        for (var minutes = 0; minutes < 60 * 24 * 14; minutes += 7)
        {
            var now = moment + (minutes * 60L);
            if (Due(View(now, taken)) is { } due)
            {
                taken.Add(Backup(due, now));
                Due(View(now, taken)).ShouldBeNull();
            }
        }

        taken.Count(backup => backup.Type == BackupType.Full).ShouldBe(3, "one at once, and two Sundays");
        taken.Count(backup => backup.Type == BackupType.Differential).ShouldBe(12, "every other day");
        taken.Count.ShouldBeInRange(24 * 14, (24 * 14) + 3);
    }

    private static BackupType? Due(BackupView view)
    {
        var decision = BackupTiming.Decide(view);
        decision.Reason.ShouldNotBeEmpty();
        return decision.Due;
    }

    private static BackupView View(string now, string backups = "") => View(
        At(now), backups.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(' ', 2))
            .Select(words => Backup(BackupTiming.Parse(words[0])!.Value, At(words[1]))));

    private static BackupView View(long now, IEnumerable<BackupSet> backups) =>
        new() { Spec = Weekly, Now = now, Backups = [.. backups] };

    private static BackupSet Backup(BackupType type, long at) =>
        new($"{type} {at}", type, at, at + 60, Lsn.Zero, Lsn.Zero, 1, 0, 0, 0, false);

    private static long At(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds();
}
