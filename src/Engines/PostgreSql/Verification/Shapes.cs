using System.Collections.Concurrent;
using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Targets;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>Remembers what the catalogues say, so that each chunk need not ask again; a table that is not as was agreed is read anew.</summary>
internal sealed class Shapes(VerifySessions sessions)
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<RelationName, TableShape>> _known = new(StringComparer.Ordinal);

    public async Task<DatabaseInventory> InventoryAsync(string database, CancellationToken cancellationToken)
    {
        var (shapes, leftOut) = await sessions.RunAsync(database, Catalogue.ReadAsync, cancellationToken);
        _known[database] = shapes.ToImmutableDictionary(shape => shape.Relation.Name);
        return new DatabaseInventory([.. shapes.Select(shape => shape.Relation)], leftOut);
    }

    /// <exception cref="VerifyException">The table is not there, or is defined otherwise than was agreed.</exception>
    public async Task<TableShape> OfAsync(TableRef table, CancellationToken cancellationToken)
    {
        if (Find(table) is { } known)
        {
            return known;
        }

        await InventoryAsync(table.Database, cancellationToken);
        return Find(table) ?? throw new VerifyException(
            VerifyFault.Changed, $"{table.Name} in {table.Database} is gone, or has been redefined since the comparison began");
    }

    public void Forget(string database) => _known.TryRemove(database, out _);

    private TableShape? Find(TableRef table) =>
        _known.TryGetValue(table.Database, out var shapes) && shapes.TryGetValue(table.Name, out var shape) &&
        shape.Relation.Definition == table.Definition
            ? shape
            : null;
}
