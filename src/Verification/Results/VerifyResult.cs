using System.Collections.Immutable;

namespace Holdfast.Verification.Results;

public enum VerifyVerdict
{
    /// <summary>Everything was compared, and is equal.</summary>
    Equal,
    /// <summary>At least one difference is proven.</summary>
    Different,
    /// <summary>No difference, but not everything could be compared.</summary>
    Incomplete,
}

public enum DifferenceKind
{
    ChangedValue, MissingRow, ExtraRow, MissingKey, ExtraKey, MissingTable, ExtraTable, Definition, MissingDatabase, ExtraDatabase,
    SequenceBehind, SequenceAhead,
    /// <summary>Damaged data: the member cannot read them.</summary>
    Unreadable,
}

/// <summary>One proven difference from the reference member.</summary>
/// <param name="Member">The member that differs; for <see cref="DifferenceKind.Unreadable"/>, the one that cannot read.</param>
/// <param name="Table">With its schema; null: the whole database.</param>
/// <param name="Key">The row's key as <c>column=value, …</c>, or where in the table; null: the whole table.</param>
/// <param name="Columns">Those whose values differ.</param>
/// <param name="Detail">For people: what it is, and which side lacks it.</param>
public sealed record Difference(
    DifferenceKind Kind, string Member, string Database, string? Table, string? Key, ImmutableArray<string> Columns, string Detail);

/// <param name="Follows">It was a standby.</param>
/// <param name="Position">How far it was at the end, as the engine writes positions.</param>
public sealed record ComparedMember(string Name, bool Follows, string Position);

/// <summary>The outcome of a comparison, to be shown and to be kept as evidence.</summary>
public sealed record VerifyResult
{
    public required VerifyVerdict Verdict { get; init; }
    public required string System { get; init; }
    public required string Store { get; init; }
    /// <summary>The member that the others were compared with.</summary>
    public required string Reference { get; init; }
    public required ImmutableArray<ComparedMember> Members { get; init; }
    /// <summary>UTC, for people.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>Of all runs together when it was resumed.</summary>
    public required double Seconds { get; init; }
    public required int Databases { get; init; }
    public required int Tables { get; init; }
    public required int Sequences { get; init; }
    /// <summary>Rows of the reference that were hashed.</summary>
    public required long Rows { get; init; }
    /// <summary>Keys of the reference that were hashed; null: it is no store of keys and values.</summary>
    public long? Keys { get; init; }
    /// <summary>Stored size of what was compared, on one member.</summary>
    public required long Bytes { get; init; }
    public required long Chunks { get; init; }
    /// <summary>Chunks that differed at first sight and were looked at again.</summary>
    public required long Rechecked { get; init; }
    /// <summary>Rows that had to be looked at one by one.</summary>
    public required long RowsSettled { get; init; }
    /// <summary>All differences, also those that are not listed.</summary>
    public required long DifferenceCount { get; init; }
    public required ImmutableArray<Difference> Differences { get; init; }
    /// <summary>What was not compared by design, each with the reason.</summary>
    public required ImmutableArray<string> LeftOut { get; init; }
    /// <summary>What should have been compared and could not be, each with the reason.</summary>
    public required ImmutableArray<string> Undecided { get; init; }
    /// <summary>The run went on where an earlier one had ended.</summary>
    public bool Resumed { get; init; }
}

/// <summary>How far a comparison is.</summary>
/// <param name="Bytes">Done, on one member, out of <paramref name="TotalBytes"/>.</param>
public sealed record VerifyProgress(
    string? Table, int Tables, int TotalTables, long Bytes, long TotalBytes, long Rows, long Rechecked, long Differences, double Seconds);
