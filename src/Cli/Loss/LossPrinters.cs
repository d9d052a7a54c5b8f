using Holdfast.Cli.Terminals;
using Holdfast.Core.Loss;

namespace Holdfast.Cli.Loss;

/// <summary>Prints reports as they come in, so that none has to be held whole.</summary>
internal interface ILossPrinter
{
    void Begin();
    /// <param name="others">Reports of other members of the same loss, which are not printed.</param>
    /// <param name="restore">What brings it back; null: no command of Holdfast's.</param>
    void Report(LossReport report, IReadOnlyCollection<LossReport> others, string? restore);
    void Transaction(LostTransaction transaction);
    void Change(LostTransaction transaction, LostChange change, RowFate fate);
    void End();
}

/// <summary>For people.</summary>
internal sealed class TextPrinter(Terminal terminal) : ILossPrinter
{
    private const int MaxWidth = 100;
    private LossReport? _report;

    private int Width => Math.Min(MaxWidth, terminal.Width);

    public void Begin() { }

    public void Report(LossReport report, IReadOnlyCollection<LossReport> others, string? restore)
    {
        if (_report is not null)
        {
            terminal.Plain("");
        }

        _report = report;
        Print(LossText.Head(report, others, restore, Width));
    }

    public void Transaction(LostTransaction transaction) => Print(LossText.Transaction(transaction, _report!.IsDecoded, Width));

    public void Change(LostTransaction transaction, LostChange change, RowFate fate) =>
        Print(LossText.Change(change, fate, change.Tables.IsEmpty ? null : _report!.Find(transaction.Database, change.Table), Width));

    public void End() { }

    private void Print(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            terminal.Plain(line);
        }
    }
}

/// <summary>For programs.</summary>
internal sealed class JsonPrinter(Terminal terminal) : ILossPrinter
{
    private readonly LossJsonText _json = new(terminal.Output);

    public void Begin() => _json.Begin();

    public void Report(LossReport report, IReadOnlyCollection<LossReport> others, string? restore) => _json.Report(report);

    public void Transaction(LostTransaction transaction) => _json.Transaction(transaction);

    public void Change(LostTransaction transaction, LostChange change, RowFate fate) => _json.Change(change, fate);

    public void End() => _json.End();
}

/// <summary>For psql.</summary>
internal sealed class SqlPrinter(Terminal terminal) : ILossPrinter
{
    private const int Width = 100;
    private ReplayScript? _script;
    private LossReport? _report;

    public void Begin() { }

    public void Report(LossReport report, IReadOnlyCollection<LossReport> others, string? restore)
    {
        (_script, _report) = (new ReplayScript(report), report);
        Print(_script.Head().SelectMany(Flowing));
        var lacks = report.IsComplete ? [] : report.Gaps.IsEmpty ? ["it does not tell why"] : report.Gaps;
        Print(lacks.Select(gap => $"NOT COMPLETE, lost changes are missing here: {gap}")
            .Concat(others.Select(LossText.Other))
            .Concat(report.Notes.Select(note => $"Note: {note}"))
            .SelectMany(Comment));
        foreach (var gap in lacks)
        {
            terminal.Error.WriteLine($"holdfast: the script is not complete: {gap}");
        }
    }

    public void Transaction(LostTransaction transaction)
    {
        Print(_script!.Begin(transaction));
        if (transaction.Changes == 0)
        {
            Print(Comment(_report!.IsComplete ? "it changed no row of a table that is listed" : "its changes could not be listed"));
        }
    }

    public void Change(LostTransaction transaction, LostChange change, RowFate fate) => Print(_script!.Change(transaction, change, fate));

    public void End() => Print(_script?.End() ?? []);

    private static IEnumerable<string> Flowing(string line) => line.StartsWith("-- ", StringComparison.Ordinal) ? Comment(line[3..]) : [line];

    /// <summary>No line of the text can end the comment that it stands in.</summary>
    private static IEnumerable<string> Comment(string text) =>
        text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None).SelectMany(line => TextFlow.Wrap(line, Width - 3)).Select(line => $"-- {line}".TrimEnd());

    private void Print(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            terminal.Plain(line);
        }
    }
}
