using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification.Running;

/// <summary>Turns what was proven into differences with names: table, key, columns, and which side lacks what.</summary>
internal sealed class Findings(TableRun run, Tally tally)
{
    private readonly Side _reference = run.Sides[0];
    private readonly (string Name, DifferenceKind Missing, DifferenceKind Extra) _words = run.IsTable
        ? ("row", DifferenceKind.MissingRow, DifferenceKind.ExtraRow) : ("key", DifferenceKind.MissingKey, DifferenceKind.ExtraKey);

    private const int Described = 50;

    public void Unreadable(Side side, ChunkRange range, VerifyException fault)
    {
        if (fault.Fault == VerifyFault.TooLong)
        {
            tally.Undecide($"{run.Title}, {range}: {fault.Message}");
            return;
        }

        Add(DifferenceKind.Unreadable, side.Member, range.ToString(), [], $"{side.Member} cannot read it: {fault.Message}");
    }

    /// <summary>Rows with a key are named now; rows without one only when the table is done, for they may merely lie elsewhere.</summary>
    public async Task RowsAsync(Pair pair, SettledRows settled, CancellationToken cancellationToken)
    {
        foreach (var key in settled.Open)
        {
            tally.Undecide($"{run.Title}, {Name(run.Relation, key)}: it changes faster than {pair.Other.Member} and {_reference.Member} can be compared");
        }

        if (run.Relation.Key.IsEmpty)
        {
            run.AddLone(settled.Differing.SelectMany(row => Lone(pair.Other.Member, row)));
            return;
        }

        foreach (var batch in settled.Differing.Chunk(Described))
        {
            await NameAsync(pair.Other, [.. batch.Select(row => (row.Key, row.Reference.Present, row.Other.Present))], cancellationToken);
        }
    }

    /// <summary>All chunks are done: rows without a key that both sides have, only elsewhere, cancel out; the others differ.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var group in run.Lone.GroupBy(row => row.Member))
        {
            var (here, there) = (group.Where(row => row.OnReference).ToList(), group.Where(row => !row.OnReference).ToList());
            var lacking = Multiset.Surplus(here, there, row => row.Hash).Select(row => row.Place).ToHashSet(StringComparer.Ordinal);
            var surplus = Multiset.Surplus(there, here, row => row.Hash).Select(row => row.Place).ToHashSet(StringComparer.Ordinal);
            var other = run.Sides.Single(side => side.Member == group.Key);
            foreach (var batch in lacking.Union(surplus).Order(StringComparer.Ordinal).Chunk(Described))
            {
                await NameAsync(
                    other, [.. batch.Select(place => (ImmutableArray.Create(place), lacking.Contains(place), surplus.Contains(place)))],
                    cancellationToken);
            }
        }
    }

    private static IEnumerable<LoneRow> Lone(string member, DifferingRow row)
    {
        if (row.Reference.Present)
        {
            yield return new LoneRow(member, OnReference: true, row.Key[0], row.Reference.Hash);
        }

        if (row.Other.Present)
        {
            yield return new LoneRow(member, OnReference: false, row.Key[0], row.Other.Hash);
        }
    }

    private async Task NameAsync(
        Side other, ImmutableArray<(ImmutableArray<string> Key, bool Here, bool There)> rows, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(other, rows, cancellationToken);
        for (var index = 0; index < rows.Length; index++)
        {
            var (key, here, there) = rows[index];
            var (kind, detail) = (here, there) switch
            {
                (true, false) => (_words.Missing, $"{other.Member} lacks the {_words.Name}; {_reference.Member} has it"),
                (false, true) => (_words.Extra, $"{other.Member} has the {_words.Name}; {_reference.Member} lacks it"),
                _ => (DifferenceKind.ChangedValue,
                    columns[index].IsEmpty ? $"the {_words.Name} differs" : $"{(columns[index].Length == 1 ? "the value differs" : "the values differ")}"),
            };
            Add(kind, other.Member, Name(run.Relation, key), columns[index], detail);
        }
    }

    /// <summary>The columns in which each row differs, for the rows that both sides have; none where that cannot be found out (any more).</summary>
    private async Task<ImmutableArray<ImmutableArray<string>>> ColumnsAsync(
        Side other, ImmutableArray<(ImmutableArray<string> Key, bool Here, bool There)> rows, CancellationToken cancellationToken)
    {
        var keys = rows.Select(row => row.Key).ToImmutableArray();
        if (!rows.Any(row => row is { Here: true, There: true }))
        {
            return [.. rows.Select(_ => ImmutableArray<string>.Empty)];
        }

        try
        {
            var here = await _reference.Target.ColumnsAsync(run.Table, keys, cancellationToken);
            var there = await other.Target.ColumnsAsync(run.Table, keys, cancellationToken);
            return
            [
                .. here.Zip(there, (one, two) => one is { } mine && two is { } theirs
                    ? run.Relation.Columns.Where((_, at) => mine[at] != theirs[at]).ToImmutableArray()
                    : []),
            ];
        }
        catch (VerifyException fault) when (fault.Fault is VerifyFault.Unreadable or VerifyFault.TooLong or VerifyFault.Changed)
        {
            return [.. rows.Select(_ => ImmutableArray<string>.Empty)];
        }
    }

    private void Add(DifferenceKind kind, string member, string? key, ImmutableArray<string> columns, string detail)
    {
        if (tally.Add(new Difference(kind, member, run.Table.Database, run.Relation.Name.ToString(), key, columns, detail)))
        {
            run.AddDifference();
        }
    }

    private static string Name(Relation relation, ImmutableArray<string> key) => relation.Key.IsEmpty
        ? $"row at {key[0]}"
        : string.Join(", ", relation.Key.Zip(key, (column, value) => $"{column}={value}"));
}
