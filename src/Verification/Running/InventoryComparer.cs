using System.Collections.Immutable;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <param name="Relation">As the reference describes it.</param>
/// <param name="Sides">The members that have it with the same definition, the reference first; at least two.</param>
/// <param name="Copies">The files are copies of each other, so that blocks can be compared with blocks.</param>
internal sealed record Comparable(Relation Relation, ImmutableArray<Side> Sides, bool Copies);

/// <summary>Compares what there is in a database: tables that one member lacks, and definitions that differ.</summary>
internal sealed class InventoryComparer(ImmutableArray<Side> sides, VerifyOptions options, Tally tally, TimeProvider time)
{
    private const int Rounds = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private readonly Side _reference = sides[0];

    /// <summary>Reports what differs for good, and returns what is left to compare.</summary>
    public async Task<(ImmutableArray<Comparable> Relations, ImmutableArray<string> LeftOut)> CompareAsync(
        string database, CancellationToken cancellationToken)
    {
        var differing = new Dictionary<(string Member, RelationName Name), Difference>();
        Dictionary<string, ImmutableDictionary<RelationName, Relation>> seen = [];
        DatabaseInventory expected = await _reference.Target.InventoryAsync(database, cancellationToken);
        for (var round = 0; round < Rounds; round++)
        {
            var before = Wanted(expected);
            var found = new Dictionary<(string Member, RelationName Name), Difference>();
            foreach (var side in sides.Skip(1))
            {
                var pair = new Pair(_reference, side, options.CatchUp, time);
                await pair.CatchUpAsync(side, (await _reference.Target.LookAsync(cancellationToken)).Reached, cancellationToken);
                seen[side.Member] = Wanted(await side.Target.InventoryAsync(database, cancellationToken));
                await pair.CatchUpAsync(_reference, (await side.Target.LookAsync(cancellationToken)).Reached, cancellationToken);
            }

            expected = await _reference.Target.InventoryAsync(database, cancellationToken);
            var after = Wanted(expected);
            foreach (var side in sides.Skip(1))
            {
                foreach (var difference in Differences(database, side.Member, before, seen[side.Member], after))
                {
                    found[difference.Key] = difference.Value;
                }
            }

            seen[_reference.Member] = after;
            // What was different before and is so still, two looks later, is not on its way.
            differing = round == 0 ? found : found.Where(pair => differing.ContainsKey(pair.Key)).ToDictionary();
            if (differing.Count == 0 || round == Rounds - 1)
            {
                break;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }

        foreach (var difference in differing.Values)
        {
            tally.Add(difference);
        }

        return ([.. seen[_reference.Member].Values.Select(relation => With(relation, seen)).Where(found => found.Sides.Length > 1)], expected.LeftOut);
    }

    private Comparable With(Relation relation, Dictionary<string, ImmutableDictionary<RelationName, Relation>> seen)
    {
        var same = sides.Where(side => seen[side.Member].TryGetValue(relation.Name, out var there) &&
            there.Definition == relation.Definition && there.Kind == relation.Kind).ToImmutableArray();
        return new Comparable(relation, same, relation.HasBlocks && same.All(side => seen[side.Member][relation.Name].File == relation.File));
    }

    private ImmutableDictionary<RelationName, Relation> Wanted(DatabaseInventory inventory) => inventory.Relations
        .Where(relation => options.Tables.IsEmpty || options.Tables.Any(pattern => NamePattern.Fits(pattern, relation.Name)))
        .ToImmutableDictionary(relation => relation.Name);

    private IEnumerable<KeyValuePair<(string Member, RelationName Name), Difference>> Differences(
        string database, string member, ImmutableDictionary<RelationName, Relation> before, ImmutableDictionary<RelationName, Relation> found,
        ImmutableDictionary<RelationName, Relation> after)
    {
        foreach (var (name, relation) in after)
        {
            if (before.TryGetValue(name, out var was) && was.Definition == relation.Definition)
            {
                if (!found.TryGetValue(name, out var there))
                {
                    yield return Of(DifferenceKind.MissingTable, name, $"{member} lacks the {Word(relation)}; {_reference.Member} has it");
                }
                else if (there.Kind != relation.Kind || there.Definition != relation.Definition)
                {
                    yield return Of(DifferenceKind.Definition, name, $"its definition at {member} differs from that at {_reference.Member}");
                }
            }
        }

        foreach (var (name, relation) in found.Where(pair => !before.ContainsKey(pair.Key) && !after.ContainsKey(pair.Key)))
        {
            yield return Of(DifferenceKind.ExtraTable, name, $"{member} has the {Word(relation)}; {_reference.Member} lacks it");
        }

        KeyValuePair<(string, RelationName), Difference> Of(DifferenceKind kind, RelationName name, string detail) =>
            KeyValuePair.Create((member, name), new Difference(kind, member, database, name.ToString(), null, [], detail));
    }

    private static string Word(Relation relation) => relation.Kind switch
    {
        RelationKind.Sequence => "sequence",
        RelationKind.MaterializedView => "materialised view",
        RelationKind.Keys => "keyspace",
        _ => "table",
    };
}
