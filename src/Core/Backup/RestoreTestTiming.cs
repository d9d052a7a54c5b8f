using System.Collections.Immutable;

namespace Holdfast.Core.Backup;

/// <summary>A member as the choice of who makes the test sees it.</summary>
/// <param name="IsWell">Its agent is heard and its server runs.</param>
public sealed record TestCandidate(string Name, bool IsPrimary, bool IsWell);

/// <summary>What the decision about the next test restore depends on.</summary>
public sealed record RestoreTestView
{
    public required RestoreTestSpec Spec { get; init; }
    /// <summary>By this host's clock, in seconds since 1970 (UTC).</summary>
    public required long Now { get; init; }
    /// <summary>When this member's agent began, the same way: where none was made yet, it waits for the first time after.</summary>
    public required long Since { get; init; }
    public required string Me { get; init; }
    /// <summary>All members of the group, this one too.</summary>
    public required ImmutableArray<TestCandidate> Members { get; init; }
    /// <summary>Who makes one now; null: nobody.</summary>
    public string? RunningAt { get; init; }
    /// <summary>Null: none was made yet, or what was remembered cannot be read.</summary>
    public RestoreTestRecord? Record { get; init; }
}

/// <summary>When a test restore is made, and where. Pure functions, asked again and again by every member, which come to the same answer.</summary>
public static class RestoreTestTiming
{
    /// <summary>After one that could not be made at all; one whose checks failed waits for the next time.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(15);

    /// <returns>Whether this member is to make one now, and why (not), for people.</returns>
    public static (bool Due, string Reason) Decide(RestoreTestView view)
    {
        if (view.Spec.Schedule is not { } schedule)
        {
            return (false, "no schedule is declared: test restores are made when asked for");
        }

        if (view.RunningAt is { } other)
        {
            return (false, $"{other} makes one");
        }

        var last = view.Record?.Last;
        var wanted = schedule.Latest(view.Now);
        var missed = wanted is { } at && at > (last?.StartedAt ?? view.Since);
        var retry = last is { Problem: not null } && view.Now - last.StartedAt >= (long)RetryAfter.TotalSeconds;
        if (!missed && !retry)
        {
            return (false, schedule.Next(view.Now) is { } next ? $"the next is due at {CalendarTime.Text(next)} UTC" : "none is due");
        }

        var runner = Runner(view.Members);
        return runner == view.Me
            ? (true, missed
                ? $"one was due at {CalendarTime.Text(wanted ?? view.Now)} UTC" : "the last one could not be made")
            : (false, runner is null ? "one is due, and no member is well" : $"one is due, and {runner} is to make it");
    }

    /// <summary>A standby, if one is well: reading and checking a whole database is not for the primary's host. Null: nobody is well.</summary>
    public static string? Runner(ImmutableArray<TestCandidate> members) => members.Where(member => member.IsWell)
        .OrderBy(member => member.IsPrimary).ThenBy(member => member.Name, StringComparer.Ordinal).FirstOrDefault()?.Name;

    /// <param name="oldestBackup">When the oldest backup ended; before it there was nothing to test. Null: none, or not known.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public static string? Alarm(RestoreTestSpec spec, long now, RestoreTestRecord? record, long? oldestBackup)
    {
        if (record is { Last: { IsOk: false } failed })
        {
            return $"the last test restore failed ({CalendarTime.Text(failed.StartedAt)} UTC at {failed.Member}): {failed.Summary()}";
        }

        return (spec.Schedule, record?.LastOkAt ?? oldestBackup) is ({ }, { } since) && now - since > (long)spec.AlarmAfter.TotalSeconds
            ? record?.LastOkAt is null
                ? $"no test restore has succeeded since the first backup, {CalendarTime.Text(since)} UTC"
                : $"the last test restore that succeeded was at {CalendarTime.Text(since)} UTC: too long ago"
            : null;
    }
}
