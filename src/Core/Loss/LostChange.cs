using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Holdfast.Core.Loss;

/// <summary>What a lost transaction did to a table.</summary>
public enum ChangeKind
{
    Insert,
    Update,
    Delete,
    /// <summary>All rows of one table or several were removed.</summary>
    Truncate,
    /// <summary>A message for readers of the log; no table was changed.</summary>
    Message,
}

/// <summary>A table, or the partition that held the row.</summary>
public sealed record TableName(string Schema, string Name)
{
    public override string ToString() => $"{Schema}.{Name}";
}

/// <summary>One column of a row, as the store prints it under <see cref="SqlText.SessionSettings"/>.</summary>
/// <param name="Text">Null: the column is NULL, or <paramref name="IsUnchanged"/>.</param>
/// <param name="IsUnchanged">A large value that the change left as it was, so that the log does not repeat it.</param>
public sealed record LostValue(
    string Column, string? Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsUnchanged = false);

/// <summary>One change of one row (or a truncation, or a message) within a lost transaction.</summary>
public sealed record LostChange
{
    public required ChangeKind Kind { get; init; }
    /// <summary>One table; several only for a truncation; none for a message.</summary>
    public ImmutableArray<TableName> Tables { get; init; } = [];
    /// <summary>
    /// What the log tells of the row before the change: its key, where the key changed or the row was deleted; the whole row (columns that were
    /// NULL left out) where the table's replica identity is full; empty where it tells nothing.
    /// </summary>
    public ImmutableArray<LostValue> Old { get; init; } = [];
    /// <summary>The row after an insert or update.</summary>
    public ImmutableArray<LostValue> New { get; init; } = [];
    /// <summary>Truncate: sequences of the tables begin anew.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RestartsSequences { get; init; }
    /// <summary>Message: its prefix.</summary>
    public string? Prefix { get; init; }
    /// <summary>Message: its content.</summary>
    public string? Content { get; init; }

    /// <summary>The table of a change of one row.</summary>
    [JsonIgnore]
    public TableName Table => Tables[0];
}

/// <summary>Whether the client can have been told that the transaction is committed.</summary>
public enum Acknowledgement
{
    /// <summary>It cannot be told from what is left.</summary>
    Unknown,
    /// <summary>Certainly not: it lies behind all that the standbys whose word was needed had flushed.</summary>
    No,
}

/// <summary>A transaction that the deposed primary had committed and the new one lacks.</summary>
/// <param name="Xid">Its number on the old primary; the new one may have given the same number to another.</param>
/// <param name="Lsn">The end of its commit record.</param>
/// <param name="At">When it was committed by the old primary's clock, UTC, as text with microseconds.</param>
/// <param name="Database">Null: not known, for no change of a row was decoded.</param>
/// <param name="Changes">How many changes are listed.</param>
/// <param name="ChangedCatalog">It also changed the catalogue (definitions, rights, statistics), which the list does not show.</param>
public sealed record LostTransaction(
    uint Xid, string Lsn, string At, string? Database, long Changes, bool ChangedCatalog, Acknowledgement Acknowledged);
