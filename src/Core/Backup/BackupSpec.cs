using System.Collections.Immutable;

namespace Holdfast.Core.Backup;

/// <summary>What a store declares about backups and the archive that goes with them.</summary>
public sealed record BackupSpec
{
    public required ImmutableSortedDictionary<string, RepositorySpec> Repositories { get; init; }
    /// <summary>When full backups are taken; null: only when asked for.</summary>
    public CronSchedule? Full { get; init; }
    /// <summary>When differential backups are taken, which hold what changed since the last full one.</summary>
    public CronSchedule? Differential { get; init; }
    /// <summary>When incremental backups are taken, which hold what changed since the last one of any kind.</summary>
    public CronSchedule? Incremental { get; init; }
    /// <summary>A piece of log in which anything was written is archived after this, full or not.</summary>
    public TimeSpan ArchiveTimeout { get; init; } = TimeSpan.FromMinutes(1);
    /// <summary>How many processes compress and copy during a backup.</summary>
    public int Processes { get; init; } = 1;
    /// <summary>The most that a backup reads from the database, in bytes per second, all its processes together; null: no limit.</summary>
    public long? Bandwidth { get; init; }
    /// <summary>Null: no test restores are made.</summary>
    public RestoreTestSpec? RestoreTest { get; init; }

    /// <summary>Nothing is taken by itself unless one of them is declared.</summary>
    public bool HasSchedule => Full is not null || Differential is not null || Incremental is not null;

    /// <summary>The longest time between two backups of any kind; null: none is taken by itself.</summary>
    public TimeSpan? LongestInterval => Longest([Full, Differential, Incremental]);

    /// <summary>The longest time between two full backups; null: none is taken by itself, but for the first.</summary>
    public TimeSpan? LongestFullInterval => Longest([Full]);

    /// <summary>The repository of a site; null: none.</summary>
    public RepositorySpec? At(string site) => Repositories.Values.FirstOrDefault(repository => repository.Site == site);

    private static TimeSpan? Longest(CronSchedule?[] schedules)
    {
        // A year has every day of a week and of a month; who takes one each minute has no longer pause in so many of them.
        const long Begin = 1_767_225_600; // the first second of 2026
        const long Year = 366L * 86_400;
        const int Most = 50_000;
        var longest = 0L;
        var (at, count) = (Begin, 0);
        while (at < Begin + Year && count++ < Most)
        {
            if (schedules.Min(schedule => schedule?.Next(at)) is not { } next)
            {
                return null;
            }

            // The way to the first one is no pause.
            longest = count == 1 ? 0 : Math.Max(longest, next - at);
            at = next;
        }

        return TimeSpan.FromSeconds(longest > 0 ? longest : at - Begin);
    }
}

/// <summary>Where one site keeps backups and archived log of one store. Only members of that site write there.</summary>
public sealed record RepositorySpec
{
    public required string Name { get; init; }
    public required string Site { get; init; }
    /// <summary>The same storage for every member of the site.</summary>
    public required RepositoryPlace Place { get; init; }
    /// <summary>What everything in it is encrypted with; null: it is not.</summary>
    public Secret? Key { get; init; }
    /// <summary>How many full backups are kept, with what builds on them; the log from the oldest on.</summary>
    public int KeepFull { get; init; } = 2;
    /// <summary>Instead of a number: full backups are kept until there is a newer one of at least this age, in days.</summary>
    public int? KeepDays { get; init; }
}
