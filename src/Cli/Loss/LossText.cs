using System.Globalization;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Loss;

namespace Holdfast.Cli.Loss;

/// <summary>A report as lines for people; no line is wider than the screen, unless a single word is.</summary>
internal static class LossText
{
    private const int ShownOfValue = 60;
    private const int Indent = 2;

    /// <param name="others">Reports of other members of the same loss, which are not shown.</param>
    /// <param name="restore">What brings it back; null: no command of Holdfast's.</param>
    public static IEnumerable<string> Head(LossReport report, IEnumerable<LossReport> others, string? restore, int width)
    {
        var what = report.Transactions == 0
            ? "nothing was lost"
            : $"{Transactions(report)}, {(report.IsDecoded ? Changes(report) : "their changes not listed")}";
        foreach (var line in TextFlow.Hanging("", $"{report.Store}: what {report.Member} had that the present primary lacks: {what}", 0, 0, width))
        {
            yield return line;
        }

        var complete = report.IsComplete ? "complete" : "not complete";
        var same = others.Select(other => ("same", Other(other)));
        foreach (var (label, text) in Facts(report).Prepend(("report", $"{report.Id}, made {report.MadeAt}, {complete}")).Concat(same).Concat(Restore(restore)))
        {
            foreach (var line in TextFlow.Hanging(label, text, Indent, 10, width))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<(string Label, string Text)> Restore(string? command) =>
        command is null ? [] : [("restore", $"{command} brings back the keys that the present primary lacks, and changes none that it has")];

    /// <summary>What another member says of the same loss.</summary>
    public static string Other(LossReport other) =>
        $"{other.Member} reports the same log, {Transactions(other)}, " +
        (!other.IsDecoded ? "changes not listed there" : $"{Changes(other)}{(other.IsComplete ? "" : ", not complete")}");

    public static IEnumerable<string> Transaction(LostTransaction transaction, bool isDecoded, int width)
    {
        yield return "";
        var acknowledged = transaction.Acknowledged == Acknowledgement.No ? "not acknowledged" : "may have been acknowledged";
        var catalog = transaction.ChangedCatalog ? ", also changed definitions, rights or statistics" : "";
        var nothing = transaction.Changes == 0 && isDecoded ? ", no row of a table that is listed" : "";
        var database = transaction.Database is { } name ? $"database {name}, " : "";
        var text = $"{transaction.At}  {database}{acknowledged}{catalog}{nothing}, at {transaction.Lsn}";
        var label = $"transaction {transaction.Xid}";
        foreach (var line in TextFlow.Hanging(label, text, 0, Math.Max(20, label.Length + 2), width))
        {
            yield return line;
        }
    }

    public static IEnumerable<string> Change(LostChange change, RowFate fate, LossTable? table, int width)
    {
        var what = change.Kind switch
        {
            ChangeKind.Message => $"message {change.Prefix}: {Short(change.Content)}",
            _ => $"{change.Kind.ToString().ToLowerInvariant()} {string.Join(", ", change.Tables)}: {Values(change, table)}".TrimEnd(' ', ':'),
        };
        var checkedText = change.Kind == ChangeKind.Message ? "" : $" [{ReplayScript.Reason(fate)}]";
        return TextFlow.Hanging("", what + checkedText, Indent, 0, width);
    }

    private static IEnumerable<(string Label, string Text)> Facts(LossReport report)
    {
        yield return ("fork", $"{report.From}; the old primary's log ended at {report.To}");
        if (report.FirstCommit is { } first)
        {
            yield return ("commits", first == report.LastCommit ? $"at {first}" : $"from {first} to {report.LastCommit}");
        }

        if (report.LastKnown is { } known)
        {
            yield return ("window", report.LastArrived is { } arrived
                ? $"the last heartbeat that arrived is {arrived.Sequence} of epoch {arrived.Epoch}, {arrived.At}; " +
                  $"the old primary's last was {known.Sequence} of epoch {known.Epoch}, {known.At}"
                : $"the old primary's last heartbeat was {known.Sequence} of epoch {known.Epoch}, {known.At}");
        }

        foreach (var gap in report.Gaps)
        {
            yield return ("gap", gap);
        }

        foreach (var note in report.Transactions == 0 ? [] : report.Notes)
        {
            yield return ("note", note);
        }
    }

    private static string Values(LostChange change, LossTable? table)
    {
        if (change.Kind == ChangeKind.Truncate)
        {
            return "all rows" + (change.RestartsSequences ? ", sequences begin anew" : "");
        }

        if (change.Kind == ChangeKind.Update)
        {
            var shown = change.New.Where(value => !value.IsUnchanged)
                .Select(value => change.Old.FirstOrDefault(old => old.Column == value.Column) is not { } old ? Value(value)
                    : old.Text == value.Text ? table?.Key.Contains(value.Column) == true ? Value(value) : null
                    : $"{Value(old)} → {Short(value.Text)}");
            return string.Join(" ", shown.OfType<string>());
        }

        var row = change.Kind == ChangeKind.Delete ? change.Old : change.New;
        return row.IsEmpty ? "which row, the log does not tell" : string.Join(" ", row.Select(Value));
    }

    private static string Value(LostValue value) => $"{value.Column}={Short(value.Text)}";

    /// <summary>Nothing in a value can disturb the terminal, or hide what follows.</summary>
    public static string Short(string? text)
    {
        if (text is null)
        {
            return "NULL";
        }

        var cut = text.Length > ShownOfValue ? text[..ShownOfValue] + $"… ({Number(text.Length)} letters)" : text;
        return string.Concat(cut.Select(letter => letter switch
        {
            '\n' => @"\n",
            '\r' => @"\r",
            '\t' => @"\t",
            _ when char.IsControl(letter) => "?",
            _ => letter.ToString(),
        }));
    }

    private static string Transactions(LossReport report) =>
        $"{Number(report.Transactions)} {(report.Transactions == 1 ? "transaction" : "transactions")}";

    private static string Changes(LossReport report) => $"{Number(report.Changes)} {(report.Changes == 1 ? "change" : "changes")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
