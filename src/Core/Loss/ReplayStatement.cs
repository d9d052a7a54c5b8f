using System.Collections.Immutable;

namespace Holdfast.Core.Loss;

/// <summary>Writes a lost change as the statement that does it again.</summary>
public static class ReplayStatement
{
    /// <summary>The statement, without its semicolon; or null, and why there can be none.</summary>
    public static (string? Sql, string? Why) Of(LostChange change, LossTable? table)
    {
        switch (change.Kind)
        {
            case ChangeKind.Message:
                var message = $"{SqlText.Literal(change.Prefix)}, {SqlText.Literal(change.Content)}";
                return ($"SELECT pg_catalog.pg_logical_emit_message(true, {message})", null);
            case ChangeKind.Truncate:
                var restart = change.RestartsSequences ? " RESTART IDENTITY" : "";
                return ($"TRUNCATE ONLY {string.Join(", ONLY ", change.Tables.Select(SqlText.Name))}{restart}", null);
        }

        if (table is null || table.Columns.IsEmpty)
        {
            return (null, "the table no longer existed when the old primary ended");
        }

        if (change.Kind == ChangeKind.Insert)
        {
            return Insert(change, table);
        }

        if (Where(change, table) is not { } where)
        {
            return (null, "the log does not tell which row it was: the table has no key, and its replica identity is not full");
        }

        if (change.Kind == ChangeKind.Delete)
        {
            return ($"DELETE FROM ONLY {SqlText.Name(table.Name)} WHERE {where}", null);
        }

        var assigned = Assigned(change, table);
        if (assigned.Count == 0)
        {
            return (null, "nothing was changed that can be written");
        }

        return (assigned.Exists(value => Column(table, value.Column)!.IsIdentity)
            ? MoveRow(table, where, assigned)
            : $"UPDATE ONLY {SqlText.Name(table.Name)} SET " +
              $"{string.Join(", ", assigned.Select(value => $"{SqlText.Name(value.Column)} = {SqlText.Literal(value.Text)}"))} WHERE {where}", null);
    }

    /// <summary>A column that the server fills by itself cannot be updated to a given value, but a row can be inserted with one.</summary>
    private static string MoveRow(LossTable table, string where, List<LostValue> assigned)
    {
        var columns = table.Columns.Where(column => !column.IsGenerated).ToList();
        var values = columns.Select(column => assigned.Find(value => value.Column == column.Name) is { } value
            ? SqlText.Literal(value.Text) : SqlText.Name(column.Name));
        return $"WITH old AS (DELETE FROM ONLY {SqlText.Name(table.Name)} WHERE {where} RETURNING *) " +
            $"INSERT INTO {SqlText.Name(table.Name)} ({string.Join(", ", columns.Select(column => SqlText.Name(column.Name)))}) " +
            $"OVERRIDING SYSTEM VALUE SELECT {string.Join(", ", values)} FROM old";
    }

    /// <summary>The values of the key; null: the change does not tell them.</summary>
    public static ImmutableArray<string>? Key(ImmutableArray<LostValue> values, LossTable table)
    {
        var key = ImmutableArray.CreateBuilder<string>(table.Key.Length);
        foreach (var column in table.Key)
        {
            if (values.FirstOrDefault(value => value.Column == column)?.Text is not { } text)
            {
                return null;
            }

            key.Add(text);
        }

        return key.Count == 0 ? null : key.MoveToImmutable();
    }

    /// <summary>The key of the row before the change; an update that leaves the key alone logs it with the new row only.</summary>
    public static ImmutableArray<string>? OldKey(LostChange change, LossTable table) =>
        change.Kind == ChangeKind.Insert || table.Identity == RowIdentity.None ? null
        : change.Old.IsEmpty ? Key(change.New, table)
        : Key(change.Old, table);

    /// <summary>The key of the row after the change.</summary>
    public static ImmutableArray<string>? NewKey(LostChange change, LossTable table) =>
        change.Kind == ChangeKind.Delete ? null : Key(change.New, table) ?? OldKey(change, table);

    private static (string? Sql, string? Why) Insert(LostChange change, LossTable table)
    {
        var columns = change.New.Where(value => Column(table, value.Column) is { IsGenerated: false }).ToList();
        if (change.New.Any(value => Column(table, value.Column) is null))
        {
            return (null, "the table's columns were changed afterwards");
        }

        if (columns.Count == 0)
        {
            return ($"INSERT INTO {SqlText.Name(table.Name)} DEFAULT VALUES", null);
        }

        var overriding = table.Columns.Any(column => column.IsIdentity) ? "OVERRIDING SYSTEM VALUE " : "";
        return (
            $"INSERT INTO {SqlText.Name(table.Name)} ({string.Join(", ", columns.Select(value => SqlText.Name(value.Column)))}) {overriding}" +
            $"VALUES ({string.Join(", ", columns.Select(value => SqlText.Literal(value.Text)))})", null);
    }

    private static List<LostValue> Assigned(LostChange change, LossTable table) =>
    [
        .. change.New.Where(value =>
            !value.IsUnchanged && Column(table, value.Column) is { IsGenerated: false } && !IsSame(change, table, value)),
    ];

    /// <summary>True when the log tells that the column kept its value, or it is the key, by which the row is found.</summary>
    private static bool IsSame(LostChange change, LossTable table, LostValue value)
    {
        if (change.Old.FirstOrDefault(old => old.Column == value.Column) is { } before)
        {
            return before.Text == value.Text;
        }

        return table.Identity == RowIdentity.Full && !change.Old.IsEmpty ? value.Text is null : table.Key.Contains(value.Column);
    }

    private static string? Where(LostChange change, LossTable table)
    {
        if (OldKey(change, table) is { } key)
        {
            return string.Join(" AND ", table.Key.Select((column, i) => $"{SqlText.Name(column)} = {SqlText.Literal(key[i])}"));
        }

        if (table.Identity != RowIdentity.Full || change.Old.IsEmpty)
        {
            return null;
        }

        // Rows that are equal in every column are one as good as the other: any one of them is taken.
        var same = table.Columns.Select(column =>
            change.Old.FirstOrDefault(old => old.Column == column.Name) is { Text: { } text }
                ? $"pg_catalog.format('%s', {SqlText.Name(column.Name)}) = {SqlText.Literal(text)} " +
                  $"AND {SqlText.Name(column.Name)} IS DISTINCT FROM NULL"
                : $"{SqlText.Name(column.Name)} IS NOT DISTINCT FROM NULL");
        return $"ctid = (SELECT ctid FROM ONLY {SqlText.Name(table.Name)} WHERE {string.Join(" AND ", same)} LIMIT 1)";
    }

    private static LossColumn? Column(LossTable table, string name) => table.Columns.FirstOrDefault(column => column.Name == name);
}
