using Holdfast.Core.Failover;

namespace Holdfast.Simulation.Servers;

/// <summary>One record of a log. Its parent tells apart what timeline numbers and LSNs cannot.</summary>
internal sealed class LogEntry(LogEntry? parent, uint timeline, bool isCommit)
{
    /// <summary>Each record is this long; an LSN in between is in the middle of a record.</summary>
    public const int Bytes = 16;

    public LogEntry? Parent { get; } = parent;
    public uint Timeline { get; } = timeline;
    public bool IsCommit { get; } = isCommit;
    public int Index { get; } = parent is null ? 0 : parent.Index + 1;
    public Lsn End => new((ulong)(Index + 1) * Bytes);
    public override string ToString() => $"{Timeline}:{End}";
}
