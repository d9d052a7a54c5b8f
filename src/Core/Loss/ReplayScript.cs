namespace Holdfast.Core.Loss;

/// <summary>
/// Writes a report as a script for <c>psql</c> that does the lost changes again, transaction by transaction in the order of their commits.
/// What cannot be done again, or should not without a second thought, stands in it as a comment, with the reason.
/// </summary>
public sealed class ReplayScript(LossReport report)
{
    private string? _database;
    private bool _open;

    public IEnumerable<string> Head() => Comment($"""
        Holdfast: what {report.Member} of store {report.Store} had that the present primary lacks (report {report.Id}).
        Run it with psql on the present primary, as a superuser: psql -X -f FILE. It stops at the first error.
        Triggers do not fire and foreign keys are not checked while it runs: what triggers wrote is in it.
        Lines that are comments were left out on purpose; each says why. Read them before you run this.
        """)
        .Append("\\set ON_ERROR_STOP on");

    /// <summary>The head of a transaction, after the end of the one before.</summary>
    public IEnumerable<string> Begin(LostTransaction transaction)
    {
        List<string> lines = [.. End(), ""];
        var catalog = transaction.ChangedCatalog ? "; it also changed definitions, rights or statistics, which are not in here" : "";
        lines.AddRange(Comment($"transaction {transaction.Xid}, committed {transaction.At} at {transaction.Lsn}{catalog}"));
        if (transaction.Changes == 0)
        {
            return lines;
        }

        if (_database != transaction.Database)
        {
            _database = transaction.Database;
            lines.Add($"\\connect {SqlText.Name(_database!)}");
            lines.AddRange(SqlText.SetSession().Append("SET session_replication_role = 'replica'").Append("SET statement_timeout = 0")
                .Select(statement => statement + ";"));
        }

        _open = true;
        lines.Add("BEGIN;");
        return lines;
    }

    /// <summary>One change of the transaction begun last.</summary>
    public IEnumerable<string> Change(LostTransaction transaction, LostChange change, RowFate fate)
    {
        var table = change.Tables.IsEmpty ? null : report.Find(transaction.Database, change.Table);
        var (sql, why) = ReplayStatement.Of(change, table);
        if (sql is null)
        {
            return Comment($"left out, {why}: {Describe(change)}");
        }

        if (!FateTracker.IsReplayed(fate))
        {
            return Comment($"left out, {Reason(fate)}:").Concat(Comment(sql + ";"));
        }

        return fate == RowFate.NoKey && change.Kind != ChangeKind.Message
            ? Comment("the table has no key: whether this was done again already cannot be checked").Append(sql + ";")
            : [sql + ";"];
    }

    /// <summary>Ends the last transaction.</summary>
    public IEnumerable<string> End()
    {
        var wasOpen = _open;
        _open = false;
        return wasOpen ? ["COMMIT;"] : [];
    }

    /// <summary>What became of the row, as a clause for people.</summary>
    public static string Reason(RowFate fate) => fate switch
    {
        RowFate.Free => "its key is free",
        RowFate.Unchanged => "unchanged since the fork",
        RowFate.Follows => "follows an earlier change of this list",
        RowFate.Done => "done again already",
        RowFate.Changed => "changed meanwhile on the present primary",
        RowFate.Gone => "gone on the present primary",
        RowFate.Taken => "its key is taken on the present primary",
        RowFate.Blocked => "an earlier change of the row was left out",
        RowFate.NoKey => "no key, cannot be checked",
        _ => "the present primary could not say whether the row has changed",
    };

    private static string Describe(LostChange change)
    {
        var values = (change.New.IsEmpty ? change.Old : change.New)
            .Select(value => $"{value.Column}={(value.IsUnchanged ? "(unchanged)" : value.Text ?? "NULL")}");
        return $"{change.Kind.ToString().ToUpperInvariant()} {string.Join(", ", change.Tables)} {string.Join(", ", values)}".TrimEnd();
    }

    /// <summary>No text of a row's can end the comment that it stands in.</summary>
    private static IEnumerable<string> Comment(string text) =>
        text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None).Select(line => ("-- " + line).TrimEnd());
}
