using Holdfast.Core.Failover;

namespace Holdfast.Core.Backup;

/// <summary>What a backup holds. In order: each kind can stand in for those after it.</summary>
public enum BackupType
{
    /// <summary>Everything.</summary>
    Full,
    /// <summary>What changed since the last full one, on which it builds.</summary>
    Differential,
    /// <summary>What changed since the last one of any kind, on which it builds.</summary>
    Incremental,
}

/// <summary>One backup in a repository.</summary>
/// <param name="Label">Its name there.</param>
/// <param name="StartedAt">By the clock of the host that took it, in seconds since 1970 (UTC).</param>
/// <param name="EndedAt">The same: from here on a restore of it can end.</param>
/// <param name="From">Where it begins; the log from here on is part of it.</param>
/// <param name="To">Up to where the log must be there for the backup to be of use.</param>
/// <param name="Timeline">On which it ended.</param>
/// <param name="DatabaseBytes">What a restore of it writes.</param>
/// <param name="CopiedBytes">What was read for it.</param>
/// <param name="StoredBytes">What it added to the repository.</param>
/// <param name="IsDamaged">Pages were found with wrong checksums while it was taken.</param>
public sealed record BackupSet(
    string Label, BackupType Type, long StartedAt, long EndedAt, Lsn From, Lsn To, uint Timeline, long DatabaseBytes,
    long CopiedBytes, long StoredBytes, bool IsDamaged);
