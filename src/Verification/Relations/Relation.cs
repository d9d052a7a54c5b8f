using System.Collections.Immutable;

namespace Holdfast.Verification.Relations;

/// <summary>A name within a database.</summary>
public sealed record RelationName(string Schema, string Name)
{
    public override string ToString() => $"{Schema}.{Name}";
}

public enum RelationKind
{
    Table, MaterializedView, Sequence, LargeObjects,
    /// <summary>The keys of a store of keys and values. They have no order, and no file whose blocks could be compared.</summary>
    Keys,
}

/// <summary>What can be compared, as one member describes it.</summary>
/// <param name="Definition">Changes when the columns, their types or the key change; equal on members that agree.</param>
/// <param name="Columns">Names in order.</param>
/// <param name="Key">Columns that identify a row; empty: rows are told apart by their place in the file.</param>
/// <param name="File">Of the stored file; equal on members whose files are copies of each other, block by block.</param>
/// <param name="Pages">Blocks of the file; of <see cref="RelationKind.Keys"/> their number.</param>
/// <param name="Bytes">With everything that is stored outside the rows.</param>
public sealed record Relation(
    RelationName Name, RelationKind Kind, string Definition, ImmutableArray<string> Columns, ImmutableArray<string> Key,
    long File, long Pages, long Bytes)
{
    public bool HasBlocks => Kind != RelationKind.Keys;
}

/// <param name="LeftOut">What is there but not compared, each with the reason.</param>
public sealed record DatabaseInventory(ImmutableArray<Relation> Relations, ImmutableArray<string> LeftOut);

/// <param name="Last">The newest value.</param>
/// <param name="Ahead">
/// How many more values may be given out before the next is logged: a standby shows those as given out already. 0 where the newest state came
/// by the log; more than 0 also at a standby that was the primary when it gave out <paramref name="Last"/>.
/// </param>
/// <param name="Called">False: <paramref name="Last"/> itself has not been given out yet.</param>
public sealed record SequenceState(RelationName Name, long Last, long Ahead, bool Called, long Increment, long Cache);
