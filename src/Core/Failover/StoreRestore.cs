using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover;

/// <summary>Up to where a store is restored.</summary>
public enum RestoreKind
{
    /// <summary>As far as the archive goes.</summary>
    Latest,
    /// <summary>Every transaction that had committed by a time.</summary>
    Time,
    /// <summary>Every transaction whose commit ends at or before a place in the log.</summary>
    Lsn,
    /// <summary>Up to a restore point that somebody has named.</summary>
    Name,
}

/// <summary>What is restored.</summary>
/// <param name="Value">The time, the place or the name, as the engine writes it; empty for <see cref="RestoreKind.Latest"/>.</param>
/// <param name="Backup">Label of the backup with which it begins.</param>
/// <param name="Timeline">The history that is followed from there on.</param>
/// <param name="Above">The new timeline's number is above this one: the store has borne all numbers up to it.</param>
public sealed record RestoreAim(RestoreKind Kind, string Value, string Backup, uint Timeline, uint Above)
{
    /// <summary>For people.</summary>
    public override string ToString() => Kind switch
    {
        RestoreKind.Latest => "the end of the archive",
        RestoreKind.Name => $"the restore point '{Value}'",
        _ => Value,
    };
}

/// <summary>
/// A restore in place that is under way: a second birth of the group. While it stands in the record there is no primary, nobody is elected and nobody
/// follows; the record's primary makes its data anew from a backup.
/// </summary>
/// <param name="Aim">What is restored.</param>
/// <param name="SystemId">As it was before: a restored store keeps it.</param>
/// <param name="Sync">Who acknowledged before; for taking the restore back.</param>
/// <param name="Mode">What protected commits before; for taking the restore back.</param>
public sealed record StoreRestore(RestoreAim Aim, string SystemId, SyncRule Sync, ProtectionMode Mode)
{
    /// <summary>The record with which a restore begins.</summary>
    public static GroupRecord Begun(GroupRecord record, RestoreAim aim, bool zeroLoss) => record with
    {
        Epoch = record.Epoch + 1,
        SystemId = null,
        Restore = new StoreRestore(aim, record.SystemId!, record.Sync, record.Mode),
        Sync = SyncRule.None,
        Mode = zeroLoss ? ProtectionMode.Unprotected : ProtectionMode.Lease,
    };

    /// <summary>The record as it was before the restore; only the epoch has passed.</summary>
    public static GroupRecord TakenBack(GroupRecord record) => record with
    {
        SystemId = record.Restore!.SystemId,
        Sync = record.Restore.Sync,
        Mode = record.Restore.Mode,
        Restore = null,
    };
}
