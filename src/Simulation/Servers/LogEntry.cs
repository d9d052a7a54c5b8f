using Holdfast.Core.Failover;

namespace Holdfast.Simulation.Servers;

/// <summary>One record of a log. Its parent tells apart what timeline numbers and LSNs cannot.</summary>
/// <param name="row">Of the ledger: the epoch that it was written under, and the clock in it; null: it is another record.</param>
internal sealed class LogEntry(LogEntry? parent, uint timeline, bool isCommit, (long Epoch, long Clock)? row = null)
{
    /// <summary>Each record is this long; an LSN in between is in the middle of a record.</summary>
    public const int Bytes = 16;

    public LogEntry? Parent { get; } = parent;
    public uint Timeline { get; } = timeline;
    public bool IsCommit { get; } = isCommit;
    public int Index { get; } = parent is null ? 0 : parent.Index + 1;
    /// <summary>The newest row of the ledger up to here; null: there is none.</summary>
    public (long Epoch, long Clock)? LedgerRow { get; } = row ?? parent?.LedgerRow;
    public Lsn End => new((ulong)(Index + 1) * Bytes);
    public override string ToString() => $"{Timeline}:{End}";
}
