using System.Collections.Immutable;
using Holdfast.Verification.Relations;

namespace Holdfast.Verification.Chunks;

/// <summary>A table as it was described when the comparison was planned; a target refuses one that has changed since.</summary>
/// <param name="Seed">Of all hashes of this run, so that two values that happen to share a hash do so in one run only.</param>
public sealed record TableRef(string Database, RelationName Name, string Definition, long Seed);

/// <summary>
/// Part of a table. Either blocks of the file, <paramref name="FromBlock"/> up to but without <paramref name="ToBlock"/> (null: to the end), or
/// keys after <paramref name="After"/> up to and with <paramref name="UpTo"/> (null: no bound), or just the rows of <paramref name="Keys"/>; with
/// none of them, the whole table.
/// </summary>
public sealed record ChunkRange(
    long? FromBlock = null, long? ToBlock = null, ImmutableArray<string>? After = null, ImmutableArray<string>? UpTo = null,
    ImmutableArray<ImmutableArray<string>>? Keys = null)
{
    public static readonly ChunkRange Whole = new();

    public static ChunkRange Blocks(long from, long? to) => new(from, to);

    /// <summary>Two halves; null: it cannot be made smaller.</summary>
    /// <param name="pages">How many blocks the file had, for a range that is open at the end.</param>
    public (ChunkRange First, ChunkRange Second)? Halves(long pages)
    {
        if (Keys is { Length: > 1 } keys)
        {
            return (new ChunkRange(Keys: keys[..(keys.Length / 2)]), new ChunkRange(Keys: keys[(keys.Length / 2)..]));
        }

        if (FromBlock is not { } from)
        {
            return null;
        }

        var to = ToBlock ?? Math.Max(from + 2, pages);
        if (to - from < 2)
        {
            return null;
        }

        var middle = from + ((to - from) / 2);
        return (Blocks(from, middle), Blocks(middle, ToBlock));
    }

    /// <summary>For people.</summary>
    public override string ToString() =>
        Keys is { } keys ? keys.Length == 1 ? string.Join(", ", keys[0]) : $"{keys.Length} keys, the first {string.Join(", ", keys[0])}"
        : FromBlock is { } from ? ToBlock is { } to ? to == from + 1 ? $"block {from}" : $"blocks {from} to {to - 1}" : $"blocks from {from} on"
        : (After, UpTo) switch
        {
            (null, null) => "all rows",
            (null, { } upTo) => $"keys up to {string.Join(", ", upTo)}",
            ({ } after, null) => $"keys after {string.Join(", ", after)}",
            ({ } after, { } upTo) => $"keys after {string.Join(", ", after)} up to {string.Join(", ", upTo)}",
        };
}

public sealed record ChunkRequest(TableRef Table, ChunkRange Range);

/// <summary>A chunk, as a member cuts its table.</summary>
/// <param name="Next">From where the next is to be cut, a form of the member's own; null: this is the last.</param>
public sealed record TablePart(ChunkRange Range, ImmutableArray<string>? Next);

/// <param name="Sum">Of the 64-bit hashes of the rows, not reduced: two equal rows do not cancel out.</param>
/// <param name="Milliseconds">How long the read took there.</param>
public sealed record ChunkDigest(long Rows, string Sum, double Milliseconds)
{
    public bool Agrees(ChunkDigest other) => Rows == other.Rows && Sum == other.Sum;
}

/// <param name="Bucket">0 to <see cref="Count"/> - 1, from the hash of the key, or of the whole row where there is no key.</param>
public sealed record BucketDigest(int Bucket, long Rows, string Sum)
{
    public const int Count = 256;
}
