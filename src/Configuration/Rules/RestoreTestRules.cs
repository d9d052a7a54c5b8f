using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Backup;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within <c>backup.test-restore:</c>: a place of its own, and an alarm that good news does not raise.</summary>
internal static class RestoreTestRules
{
    /// <summary>From here on the longest time between two is looked for; which day it is does not matter much.</summary>
    private const long SomeDay = 1_767_225_600;
    private const int Looks = 400;

    public static void Check(Section backup, IEnumerable<(string Name, string Data)> members, Findings findings)
    {
        if (!backup.TryGet(BackupKeys.RestoreTest, out var test))
        {
            return;
        }

        if (test.TryGet(RestoreTestKeys.Directory, out var directory))
        {
            var place = test.PlaceOf(RestoreTestKeys.Directory);
            foreach (var member in members.Where(member => HostPlaces.OverlapsData(directory, member.Data)).Take(1))
            {
                findings.Error(
                    place, $"{directory} overlaps with {member.Data} (and its neighbour {member.Data}.holdfast), the data directory of {member.Name}",
                    "name a directory of its own");
            }

            foreach (var repository in backup.All(BackupKeys.Repositories).Where(repository =>
                repository.Value.TryGet(RepositoryKeys.Directory, out var other) && HostPlaces.Overlap(directory, other)).Take(1))
            {
                findings.Error(place, $"{directory} overlaps with repository {repository.Name}", "name a directory of its own");
            }
        }

        var alarm = test.Get(RestoreTestKeys.AlarmAfter);
        if (test.TryGet(RestoreTestKeys.Schedule, out var schedule) && Longest(schedule) is { } longest && alarm <= longest)
        {
            findings.Error(
                test.IsGiven(RestoreTestKeys.AlarmAfter) ? test.PlaceOf(RestoreTestKeys.AlarmAfter) : test.PlaceOf(RestoreTestKeys.Schedule),
                $"the schedule leaves up to {DurationShape.Text(longest)} between two test restores, and the alarm is raised after {DurationShape.Text(alarm)}",
                "let 'alarm-after' be longer, or test more often");
        }
    }

    private static TimeSpan? Longest(CronSchedule schedule)
    {
        var (at, longest) = (schedule.Next(SomeDay), 0L);
        for (var look = 0; look < Looks && at is { } one; look++)
        {
            at = schedule.Next(one);
            longest = Math.Max(longest, (at ?? one) - one);
        }

        return longest > 0 ? TimeSpan.FromSeconds(longest) : null;
    }
}
