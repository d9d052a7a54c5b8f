using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>One record of a log. Its parent tells apart what timeline numbers and LSNs cannot.</summary>
/// <param name="clock">Of a row of the ledger; null: it is another record.</param>
/// <param name="epoch">Under which that row was written.</param>
internal sealed class LogEntry(LogEntry? parent, uint timeline, bool isCommit, long? clock = null, long epoch = 0)
{
    /// <summary>Each record is this long; an LSN in between is in the middle of a record.</summary>
    public const int Bytes = 16;

    public LogEntry? Parent { get; } = parent;
    public uint Timeline { get; } = timeline;
    public bool IsCommit { get; } = isCommit;
    public int Index { get; } = parent is null ? 0 : parent.Index + 1;
    /// <summary>The clock in the newest row of the ledger up to here; null: there is none.</summary>
    public long? LedgerClock { get; } = clock ?? parent?.LedgerClock;
    /// <summary>The epoch under which that row was written.</summary>
    public long LedgerEpoch { get; } = clock is null ? parent?.LedgerEpoch ?? 0 : epoch;
    public Lsn End => new((ulong)(Index + 1) * Bytes);
    public override string ToString() => $"{Timeline}:{End}";
}
