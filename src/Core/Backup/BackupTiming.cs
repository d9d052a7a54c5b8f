using System.Collections.Immutable;

namespace Holdfast.Core.Backup;

/// <summary>What the decision about the next backup depends on. All of it comes from the repository and the file; nothing is remembered.</summary>
public sealed record BackupView
{
    public required BackupSpec Spec { get; init; }
    /// <summary>By the primary's clock, as backups bear their times by it; in seconds since 1970 (UTC).</summary>
    public required long Now { get; init; }
    /// <summary>What is in the repository, in any order.</summary>
    public required ImmutableArray<BackupSet> Backups { get; init; }
    /// <summary>Log is missing after the newest backup, so that nothing later can be restored before there is another.</summary>
    public bool IsCutOff { get; init; }
    /// <summary>How long ago the last attempt failed; null: it did not.</summary>
    public TimeSpan? FailedFor { get; init; }
}

/// <param name="Due">What to take now; null: nothing.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record BackupDecision(BackupType? Due, string Reason);

/// <summary>Whether a backup is due, of which type, and why. A pure function, asked again and again.</summary>
public static class BackupTiming
{
    /// <summary>After a failure the next attempt waits so long: what failed is seldom over at once, and each attempt reads the database.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    public static BackupDecision Decide(BackupView view)
    {
        if (!view.Spec.HasSchedule)
        {
            return new(null, "no schedule is declared: backups are taken when asked for");
        }

        if (view.FailedFor is { } failed && failed < RetryAfter)
        {
            return new(null, $"the last attempt failed {Text(failed)} ago; the next is made after {Text(RetryAfter)}");
        }

        if (!view.Backups.Any(backup => backup.Type == BackupType.Full))
        {
            return new(BackupType.Full, "there is no backup yet");
        }

        foreach (var (type, schedule) in Declared(view.Spec))
        {
            var newest = view.Backups.Where(backup => backup.Type <= type).Max(backup => backup.StartedAt);
            if (schedule.Latest(view.Now) is { } wanted && wanted > newest)
            {
                return new(type, $"one was due at {When(wanted)}, and the last that counts began at {When(newest)}");
            }
        }

        if (view.IsCutOff)
        {
            return new(BackupType.Incremental, "log is missing after the newest backup: without another nothing later could be restored");
        }

        var next = Declared(view.Spec).Select(pair => (pair.Type, At: pair.Schedule.Next(view.Now))).Where(pair => pair.At is not null)
            .OrderBy(pair => pair.At).ThenBy(pair => pair.Type).First();
        return new(null, $"the next, {Name(next.Type)}, is due at {When(next.At!.Value)}");
    }

    /// <summary>In words, as in the file.</summary>
    public static string Name(BackupType type) => type switch
    {
        BackupType.Full => "full",
        BackupType.Differential => "differential",
        _ => "incremental",
    };

    /// <summary>Null: no such type.</summary>
    public static BackupType? Parse(string text) => text switch
    {
        "full" => BackupType.Full,
        "differential" => BackupType.Differential,
        "incremental" => BackupType.Incremental,
        _ => null,
    };

    /// <summary>The strongest first: where several are due, it stands in for the others.</summary>
    private static IEnumerable<(BackupType Type, CronSchedule Schedule)> Declared(BackupSpec spec)
    {
        (BackupType, CronSchedule?)[] all =
            [(BackupType.Full, spec.Full), (BackupType.Differential, spec.Differential), (BackupType.Incremental, spec.Incremental)];
        return all.Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!));
    }

    private static string When(long at) => CalendarTime.Text(at) + " UTC";

    private static string Text(TimeSpan span) => span < TimeSpan.FromMinutes(1)
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s")
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min");
}
