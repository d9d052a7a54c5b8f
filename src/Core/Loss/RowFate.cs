using System.Collections.Immutable;

namespace Holdfast.Core.Loss;

/// <summary>What has become, on the present primary, of the row that a lost change was about.</summary>
public enum RowFate
{
    /// <summary>An insert whose key nobody has taken.</summary>
    Free,
    /// <summary>The row is as it was at the fork.</summary>
    Unchanged,
    /// <summary>The row was the subject of an earlier change in this list, which can be done again.</summary>
    Follows,
    /// <summary>The present row is what the change would make of it: it was done again already.</summary>
    Done,
    /// <summary>The row has been written since the fork.</summary>
    Changed,
    /// <summary>The row is no longer there.</summary>
    Gone,
    /// <summary>An insert (or a changed key) whose key another row has by now.</summary>
    Taken,
    /// <summary>An earlier change of the row in this list cannot be done again, so neither can this one.</summary>
    Blocked,
    /// <summary>No key identifies the row: it cannot be checked.</summary>
    NoKey,
    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>A row of the present primary.</summary>
/// <param name="IsWrittenSince">Written since the fork; null: cannot be told.</param>
/// <param name="Values">By column: short ones as text, long ones as their fingerprint.</param>
public sealed record PresentRow(bool? IsWrittenSince, ImmutableDictionary<string, string?> Values);

/// <summary>What the present primary says.</summary>
public interface IPresentRows
{
    /// <summary>False: nobody could be asked about this table.</summary>
    bool Knows(LossTable table);

    /// <summary>Null: there is no row with this key.</summary>
    PresentRow? Find(LossTable table, ImmutableArray<string> key);

    /// <summary>Whether any row of the table was written since the fork; null: cannot be told.</summary>
    bool? AnyWrittenSince(LossTable table);
}

/// <summary>
/// Walks the lost changes in their order and says for each whether it can be done again on what is there now. It follows each row: what an
/// earlier lost change made is what a later one finds.
/// </summary>
/// <param name="fingerprint">What the present primary would have said for this text.</param>
public sealed class FateTracker(LossReport report, IPresentRows present, Func<string, string> fingerprint)
{
    private readonly Dictionary<(LossTable Table, string Key), RowState> _rows = [];
    private readonly HashSet<LossTable> _emptied = [];

    private enum RowState { Untouched, Exists, Absent, Stuck }

    /// <summary>True for a fate with which the change is done again by the replay.</summary>
    public static bool IsReplayed(RowFate fate) => fate is RowFate.Free or RowFate.Unchanged or RowFate.Follows or RowFate.NoKey;

    /// <summary>The fate of the next change.</summary>
    public RowFate Next(LostTransaction transaction, LostChange change)
    {
        if (change.Kind == ChangeKind.Message)
        {
            return RowFate.NoKey;
        }

        if (change.Kind == ChangeKind.Truncate)
        {
            return Truncate([.. change.Tables.Select(name => report.Find(transaction.Database, name))]);
        }

        if (report.Find(transaction.Database, change.Table) is not { } table)
        {
            return RowFate.Unknown;
        }

        var before = ReplayStatement.OldKey(change, table);
        var after = ReplayStatement.NewKey(change, table);
        if (table.Key.IsEmpty || (before is null && change.Kind != ChangeKind.Insert) || (after is null && change.Kind == ChangeKind.Insert))
        {
            return RowFate.NoKey;
        }

        return change.Kind switch
        {
            ChangeKind.Insert => Insert(table, after!.Value, change),
            ChangeKind.Delete => Leave(table, before!.Value, change, RowState.Absent),
            _ => Update(table, before!.Value, after!.Value, change),
        };
    }

    private RowFate Insert(LossTable table, ImmutableArray<string> key, LostChange change)
    {
        switch (State(table, key))
        {
            case RowState.Absent:
                Set(table, key, RowState.Exists);
                return RowFate.Follows;
            case RowState.Exists or RowState.Stuck:
                Set(table, key, RowState.Stuck);
                return RowFate.Blocked;
        }

        if (!present.Knows(table))
        {
            Set(table, key, RowState.Stuck);
            return RowFate.Unknown;
        }

        var row = present.Find(table, key);
        Set(table, key, row is null ? RowState.Exists : RowState.Stuck);
        return row is null ? RowFate.Free : IsWhatItWouldBe(row, change) ? RowFate.Done : RowFate.Taken;
    }

    private RowFate Update(LossTable table, ImmutableArray<string> before, ImmutableArray<string> after, LostChange change)
    {
        if (before.SequenceEqual(after))
        {
            return Leave(table, before, change, RowState.Exists);
        }

        var target = State(table, after);
        var fate = Leave(table, before, change, RowState.Absent);
        var isTaken = target is RowState.Exists or RowState.Stuck || (target == RowState.Untouched && present.Find(table, after) is not null);
        if (IsReplayed(fate) && isTaken)
        {
            Set(table, before, RowState.Stuck);
            fate = RowFate.Taken;
        }

        Set(table, after, IsReplayed(fate) ? RowState.Exists : RowState.Stuck);
        return fate;
    }

    /// <summary>An update in place or a delete.</summary>
    private RowFate Leave(LossTable table, ImmutableArray<string> key, LostChange change, RowState then)
    {
        var state = State(table, key);
        var fate = state switch
        {
            RowState.Exists => RowFate.Follows,
            RowState.Absent or RowState.Stuck => RowFate.Blocked,
            _ => !present.Knows(table) ? RowFate.Unknown : Compare(present.Find(table, key), change),
        };
        Set(table, key, IsReplayed(fate) ? then : RowState.Stuck);
        return fate;
    }

    private RowFate Compare(PresentRow? row, LostChange change) => row switch
    {
        null => RowFate.Gone,
        { IsWrittenSince: false } => RowFate.Unchanged,
        _ when change.Kind == ChangeKind.Update && IsWhatItWouldBe(row, change) => RowFate.Done,
        { IsWrittenSince: true } => RowFate.Changed,
        _ => RowFate.Unknown,
    };

    private bool IsWhatItWouldBe(PresentRow row, LostChange change) =>
        change.New.Where(value => !value.IsUnchanged)
            .All(value => row.Values.TryGetValue(value.Column, out var text) && text == (value.Text is null ? null : fingerprint(value.Text)));

    private RowFate Truncate(ImmutableArray<LossTable?> tables)
    {
        var fate = RowFate.Unchanged;
        foreach (var table in tables)
        {
            var one = table is null ? RowFate.Unknown : _emptied.Contains(table) ? RowFate.Follows : present.AnyWrittenSince(table) switch
            {
                true => RowFate.Changed,
                false => RowFate.Unchanged,
                null => RowFate.Unknown,
            };
            fate = IsReplayed(one) ? fate : one;
        }

        if (IsReplayed(fate))
        {
            foreach (var table in tables)
            {
                _emptied.Add(table!);
                foreach (var row in _rows.Keys.Where(row => row.Table == table).ToList())
                {
                    _rows[row] = RowState.Absent;
                }
            }
        }

        return fate;
    }

    private RowState State(LossTable table, ImmutableArray<string> key) =>
        _rows.TryGetValue((table, Join(key)), out var state) ? state : _emptied.Contains(table) ? RowState.Absent : RowState.Untouched;

    private void Set(LossTable table, ImmutableArray<string> key, RowState state) => _rows[(table, Join(key))] = state;

    /// <summary>One text for a key of several columns; lengths keep apart what would otherwise run together.</summary>
    internal static string Join(ImmutableArray<string> key) => key.Length == 1 ? key[0] : string.Concat(key.Select(part => $"{part.Length}:{part}"));
}
