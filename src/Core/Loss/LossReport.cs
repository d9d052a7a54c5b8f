using System.Collections.Immutable;

namespace Holdfast.Core.Loss;

/// <summary>
/// What a deposed primary had that the new one lacks: the summary. The transactions themselves are a list of <see cref="LossLine"/>, in the
/// order of their commits.
/// </summary>
public sealed record LossReport
{
    public const int NewestFormat = 1;

    public int Format { get; init; } = NewestFormat;
    /// <summary>Names the report among those of its member.</summary>
    public required string Id { get; init; }
    public required string Store { get; init; }
    /// <summary>The deposed primary.</summary>
    public required string Member { get; init; }
    public required string SystemId { get; init; }
    /// <summary>Timeline and LSN at which the new primary's history left the old one's.</summary>
    public required string From { get; init; }
    /// <summary>Where the old primary's log ended.</summary>
    public required string To { get; init; }
    /// <summary>When the report was made, UTC.</summary>
    public required string MadeAt { get; init; }
    /// <summary>The changes are listed, of some databases at least. False: only the log is kept, and which transactions there were.</summary>
    public bool IsDecoded { get; init; }
    /// <summary>Every change of a row that was committed after the fork is listed.</summary>
    public bool IsComplete { get; init; }
    /// <summary>Why it is not decoded or not complete, with what would help; empty when it is.</summary>
    public ImmutableArray<string> Gaps { get; init; } = [];
    /// <summary>What no such list can show, for the reader to know.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
    /// <summary>Transactions listed. Those of Holdfast's own are not, where the log could be decoded.</summary>
    public long Transactions { get; init; }
    /// <summary>Changes listed.</summary>
    public long Changes { get; init; }
    public string? FirstCommit { get; init; }
    public string? LastCommit { get; init; }
    /// <summary>The last heartbeat of the old primary that the new one has too; null: not known.</summary>
    public HeartbeatMark? LastArrived { get; init; }
    /// <summary>The last heartbeat that the old primary wrote; null: not known.</summary>
    public HeartbeatMark? LastKnown { get; init; }
    /// <summary>
    /// The first transaction number that the new primary gave out by itself: a row there that bears it or a later one has been written since
    /// the fork. Null: not known.
    /// </summary>
    public uint? FirstNewXid { get; init; }
    /// <summary>The tables that the changes are about, as they were at the end of the old primary's log.</summary>
    public ImmutableArray<LossTable> Tables { get; init; } = [];

    public LossTable? Find(string? database, TableName name) =>
        Tables.FirstOrDefault(table => table.Database == database && table.Name == name);
}

/// <summary>One line of the list: either a transaction's head, or one of the changes of the transaction before it.</summary>
public sealed record LossLine(LostTransaction? Transaction = null, LostChange? Change = null);

/// <summary>How the log tells which row an update or a delete was about.</summary>
public enum RowIdentity
{
    /// <summary>By the columns of <see cref="LossTable.Key"/>.</summary>
    Key,
    /// <summary>By the whole row.</summary>
    Full,
    /// <summary>Not at all.</summary>
    None,
}

/// <summary>A table in the report.</summary>
/// <param name="Key">The columns that identify a row; empty: none do, so nothing can be checked.</param>
/// <param name="Columns">All columns; empty: the table no longer existed at the end of the old primary's log.</param>
public sealed record LossTable(
    string Database, TableName Name, RowIdentity Identity, ImmutableArray<string> Key, ImmutableArray<LossColumn> Columns);

/// <param name="IsGenerated">Computed by the server, so it cannot be written.</param>
/// <param name="IsIdentity">Filled by the server unless it is told otherwise.</param>
public sealed record LossColumn(string Name, string Type, bool IsGenerated, bool IsIdentity);

/// <summary>A row of the ledger that an active primary keeps.</summary>
/// <param name="At">The primary's clock, UTC, as text with microseconds.</param>
/// <param name="Lsn">Where its log stood.</param>
public sealed record HeartbeatMark(long Epoch, long Sequence, string At, string Lsn);
