using System.Collections.Immutable;

namespace Holdfast.Core.Loss;

/// <summary>
/// First gathers which rows the changes are about, then holds what the present primary said about them. Tables about which nobody could be
/// asked stay unknown.
/// </summary>
public sealed class KnownRows(LossReport report) : IPresentRows
{
    private readonly Dictionary<LossTable, Dictionary<string, (ImmutableArray<string> Key, PresentRow? Row)>> _rows = [];
    private readonly Dictionary<LossTable, bool?> _whole = [];
    private readonly HashSet<LossTable> _known = [];

    /// <summary>Tables of whose rows some must be asked about, with the keys.</summary>
    public IEnumerable<(LossTable Table, IReadOnlyList<ImmutableArray<string>> Keys)> Wanted =>
        _rows.Select(pair => (pair.Key, (IReadOnlyList<ImmutableArray<string>>)[.. pair.Value.Values.Select(entry => entry.Key)]));

    /// <summary>Tables that a lost transaction emptied.</summary>
    public IReadOnlyCollection<LossTable> Emptied => [.. _whole.Keys];

    /// <summary>Notes the rows that a change is about.</summary>
    public void Want(LostTransaction transaction, LostChange change)
    {
        foreach (var table in change.Tables.Select(name => report.Find(transaction.Database, name)).OfType<LossTable>())
        {
            if (change.Kind == ChangeKind.Truncate)
            {
                _whole.TryAdd(table, null);
                continue;
            }

            foreach (var key in new[] { ReplayStatement.OldKey(change, table), ReplayStatement.NewKey(change, table) })
            {
                if (key is { } wanted)
                {
                    var rows = _rows.TryGetValue(table, out var there) ? there : _rows[table] = new(StringComparer.Ordinal);
                    rows.TryAdd(FateTracker.Join(wanted), (wanted, null));
                }
            }
        }
    }

    /// <summary>All answers about this table's rows are in; a row that was not found is not there.</summary>
    public void Complete(LossTable table) => _known.Add(table);

    public void Found(LossTable table, ImmutableArray<string> key, PresentRow row) => _rows[table][FateTracker.Join(key)] = (key, row);

    public void Whole(LossTable table, bool? anyWrittenSince) => _whole[table] = anyWrittenSince;

    public bool Knows(LossTable table) => _known.Contains(table);

    public PresentRow? Find(LossTable table, ImmutableArray<string> key) =>
        _rows.TryGetValue(table, out var rows) && rows.TryGetValue(FateTracker.Join(key), out var entry) ? entry.Row : null;

    public bool? AnyWrittenSince(LossTable table) => _whole.GetValueOrDefault(table);
}
