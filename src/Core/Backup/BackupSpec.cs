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
    /// <summary>Null: no test restores are made.</summary>
    public RestoreTestSpec? RestoreTest { get; init; }

    /// <summary>Nothing is taken by itself unless one of them is declared.</summary>
    public bool HasSchedule => Full is not null || Differential is not null || Incremental is not null;

    /// <summary>The repository of a site; null: none.</summary>
    public RepositorySpec? At(string site) => Repositories.Values.FirstOrDefault(repository => repository.Site == site);
}

/// <summary>Where one site keeps backups and archived log of one store. Only members of that site write there.</summary>
public sealed record RepositorySpec
{
    public required string Name { get; init; }
    public required string Site { get; init; }
    /// <summary>An absolute path: the same storage for every member of the site.</summary>
    public required string Directory { get; init; }
    /// <summary>What everything in it is encrypted with; null: it is not.</summary>
    public Secret? Key { get; init; }
    /// <summary>How many full backups are kept, with what builds on them; the log from the oldest on.</summary>
    public int KeepFull { get; init; } = 2;
    /// <summary>Instead of a number: full backups are kept until there is a newer one of at least this age, in days.</summary>
    public int? KeepDays { get; init; }
}
