using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <summary>A sequence to compare between the reference and one member.</summary>
internal sealed record SequenceJob(string Database, Side Other, ImmutableArray<RelationName> Names);

/// <summary>All that a comparison is to do.</summary>
/// <param name="Tables">The largest first, so that no long one is left for the end.</param>
internal sealed record Plan(ImmutableArray<TableRun> Tables, ImmutableArray<SequenceJob> Sequences, ImmutableArray<string> LeftOut, int Databases)
{
    public long Bytes => Tables.Sum(run => run.Relation.Bytes);

    /// <summary>Compares what there is on the members, and cuts up what is to be compared further.</summary>
    public static async Task<Plan> MakeAsync(
        ImmutableArray<(Side Side, ImmutableArray<string> Databases)> members, VerifyOptions options, Tally tally, VerifyState? before,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var sides = members.Select(member => member.Side).ToImmutableArray();
        var (tables, sequences, leftOut) = (new List<TableRun>(), new List<SequenceJob>(), new List<string>());
        var databases = CommonDatabases(members, options, tally);
        var seed = Random.Shared.NextInt64();
        foreach (var database in databases)
        {
            var inventory = await new InventoryComparer(sides, options, tally, time).CompareAsync(database, cancellationToken);
            leftOut.AddRange(inventory.LeftOut.Select(what => $"{database}: {what}"));
            var (serial, stored) = (inventory.Relations.Where(IsSequence).ToList(), inventory.Relations.Where(found => !IsSequence(found)));
            tables.AddRange(stored.Select(found => Cut(found, new TableRef(database, found.Relation.Name, found.Relation.Definition, seed), options, before)));
            sequences.AddRange(
                from side in sides.Skip(1)
                let names = serial.Where(found => found.Sides.Contains(side)).Select(found => found.Relation.Name).ToImmutableArray()
                where !names.IsEmpty
                select new SequenceJob(database, side, names));
        }

        return new Plan([.. tables.OrderByDescending(run => run.Relation.Bytes)], [.. sequences], [.. leftOut], databases.Length);
    }

    private static bool IsSequence(Comparable found) => found.Relation.Kind == RelationKind.Sequence;

    private static TableRun Cut(Comparable found, TableRef table, VerifyOptions options, VerifyState? before)
    {
        var relation = found.Relation;
        var perPage = Math.Max(1, relation.Bytes / Math.Max(1, relation.Pages));
        var run = new TableRun(found.Sides, table, relation, found.Copies ? Math.Max(1, options.ChunkBytes / perPage) : 0, null);
        return before?.Tables.GetValueOrDefault(run.Id) is { } state
            // Chunks are numbered as they were cut then.
            ? new TableRun(found.Sides, table, relation, found.Copies && state.PagesPerChunk > 0 ? state.PagesPerChunk : run.PagesPerChunk, state)
            : run;
    }

    private static ImmutableArray<string> CommonDatabases(
        ImmutableArray<(Side Side, ImmutableArray<string> Databases)> members, VerifyOptions options, Tally tally)
    {
        var (reference, expected) = members[0];
        bool Wanted(string name) => options.Databases.IsEmpty || options.Databases.Contains(name);
        foreach (var (side, found) in members.Skip(1))
        {
            foreach (var name in expected.Except(found).Where(Wanted))
            {
                tally.Add(new Difference(
                    DifferenceKind.MissingDatabase, side.Member, name, null, null, [], $"{side.Member} lacks the database; {reference.Member} has it"));
            }

            foreach (var name in found.Except(expected).Where(Wanted))
            {
                tally.Add(new Difference(
                    DifferenceKind.ExtraDatabase, side.Member, name, null, null, [], $"{side.Member} has the database; {reference.Member} lacks it"));
            }
        }

        return [.. members.Select(member => member.Databases).Aggregate((one, two) => [.. one.Intersect(two)]).Where(Wanted)];
    }
}
