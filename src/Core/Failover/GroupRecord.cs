using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover;

/// <summary>What protects a group's acknowledged commits.</summary>
public enum ProtectionMode
{
    /// <summary>Each commit is on k candidates before it is acknowledged; no clock matters.</summary>
    ZeroLoss,
    /// <summary>A zero-loss store whose last candidate is gone and that may go on: one copy, guarded by a lease.</summary>
    Unprotected,
    /// <summary>A store that may lose data by its objective (RPO above zero): asynchronous, guarded by a lease.</summary>
    Lease,
    /// <summary>The group of a passive site: it acknowledges nothing and follows the active site's primary. <c>Primary</c> is its standby leader.</summary>
    Passive,
}

/// <summary>
/// A stretch of the store's history: which timeline the primary of an epoch began, and where it left the one before.
/// A timeline's number alone does not identify it: two failed promotions can bear the same (R8).
/// </summary>
/// <param name="Timeline">Null while the primary of that epoch has not yet told: then <paramref name="Fork"/> is an upper bound.</param>
public sealed record LineageEntry(long Epoch, uint? Timeline, Lsn Fork)
{
    public override string ToString() => Timeline is { } timeline ? $"{Epoch}:{timeline}@{Fork}" : $"{Epoch}:?@{Fork}";
}

/// <summary>The one record of a group, changed only by compare-and-swap. Who is primary, who may acknowledge, and what the history is.</summary>
public sealed record GroupRecord
{
    /// <summary>Format that this version writes and understands.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Rises with every change of primary; also the fencing token.</summary>
    public required long Epoch { get; init; }
    public required string Primary { get; init; }
    public SyncRule Sync { get; init; } = SyncRule.None;
    public ProtectionMode Mode { get; init; } = ProtectionMode.Unprotected;
    /// <summary>Null while the first member is being initialised (R0).</summary>
    public string? SystemId { get; init; }
    public ImmutableArray<LineageEntry> Lineage { get; init; } = [];
    /// <summary>Nothing is promoted, demoted or restarted.</summary>
    public bool Paused { get; init; }
    /// <summary>
    /// The move (<see cref="Sites.SiteRecord.Moves"/>) for which this group's primary stops; 0: none. While it stands nobody here is elected or
    /// begins to write. As an election compares the record, a primary that has written it was not deposed before.
    /// </summary>
    public long StopsFor { get; init; }
    /// <summary>Rises when the record is rewritten unchanged, to make a write in flight fail (see rule R1.settle).</summary>
    public long Stamp { get; init; }

    /// <summary>A restore in place that is under way; null: none. <see cref="SystemId"/> is null meanwhile, as before a birth.</summary>
    public StoreRestore? Restore { get; init; }
    /// <summary>The epoch in which the store was last restored in place; 0: never. Log of an earlier epoch is not copied from, but made anew.</summary>
    public long RestoredIn { get; init; }

    public bool IsBeingBorn => SystemId is null;
    /// <summary>The newest entry, when its timeline is not known yet.</summary>
    public LineageEntry? PendingFork => !Lineage.IsEmpty && Lineage[^1].Timeline is null ? Lineage[^1] : null;

    public bool Equals(GroupRecord? other) =>
        other is not null && Epoch == other.Epoch && Primary == other.Primary && Sync == other.Sync && Mode == other.Mode &&
        SystemId == other.SystemId && Paused == other.Paused && Stamp == other.Stamp &&
        StopsFor == other.StopsFor && Restore == other.Restore && RestoredIn == other.RestoredIn && Lineage.AsSpan().SequenceEqual(other.Lineage.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Epoch, Primary, Sync, Mode, SystemId, Paused, Stamp, Lineage.Length);
}

/// <summary>
/// A member's word for epoch <paramref name="Epoch"/>: it has stopped receiving and will not attach to a primary of an earlier epoch (R2).
/// </summary>
/// <param name="Position">Flushed, read after the receiver had stopped.</param>
/// <param name="Revision">Of the key; an election compares it.</param>
public sealed record Promise(long Epoch, string Member, LogPosition Position, long Revision = 0);
