using System.Collections.Immutable;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <summary>How far a comparison has come, enough to go on with it. What a finished chunk contributed is in the counts.</summary>
public sealed record VerifyState
{
    public const int CurrentFormat = 1;

    public required int Format { get; init; }
    /// <summary>Of the body of data.</summary>
    public required string Identity { get; init; }
    public required string Reference { get; init; }
    public required ImmutableArray<string> Members { get; init; }
    /// <summary>What was asked for, in a form that compares: a state serves only the same question.</summary>
    public required string Scope { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required double Seconds { get; init; }
    public required Counts Counts { get; init; }
    public required ImmutableArray<Difference> Differences { get; init; }
    public required ImmutableArray<string> Undecided { get; init; }
    /// <summary>By database and name.</summary>
    public required ImmutableSortedDictionary<string, TableState> Tables { get; init; }
}

/// <param name="Definition">As it was; a table that has changed since is compared anew.</param>
/// <param name="File">The stored file, likewise.</param>
/// <param name="Pages">Blocks when the chunks were cut.</param>
/// <param name="PagesPerChunk">0: not cut by blocks; such a table is done whole or not at all.</param>
/// <param name="Done">Numbers of finished chunks, as <c>0-12,15</c>.</param>
/// <param name="Complete">Nothing is left to do.</param>
/// <param name="Lone">Rows without a key that one side lacks, to be matched by content when the table is done.</param>
/// <param name="Differences">Found in this table.</param>
public sealed record TableState(
    string Definition, long File, long Pages, long PagesPerChunk, string Done, bool Complete, ImmutableArray<LoneRow> Lone, long Differences);

/// <param name="Member">The other member.</param>
/// <param name="OnReference">The reference has it; false: the other member has it.</param>
/// <param name="Place">In the file.</param>
public sealed record LoneRow(string Member, bool OnReference, string Place, long Hash);
