using Holdfast.Cli.Terminals;
using Holdfast.Core.Loss;

namespace Holdfast.Cli.Loss;

/// <summary>Prints reports as they come in, so that none has to be held whole.</summary>
internal interface ILossPrinter
{
    void Begin();
    void Report(LossReport report);
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

    public void Report(LossReport report)
    {
        if (_report is not null)
        {
            terminal.Plain("");
        }

        _report = report;
        Print(LossText.Head(report, Width));
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

    public void Report(LossReport report) => _json.Report(report);

    public void Transaction(LostTransaction transaction) => _json.Transaction(transaction);

    public void Change(LostTransaction transaction, LostChange change, RowFate fate) => _json.Change(change, fate);

    public void End() => _json.End();
}

/// <summary>For psql.</summary>
internal sealed class SqlPrinter(Terminal terminal) : ILossPrinter
{
    private ReplayScript? _script;

    public void Begin() { }

    public void Report(LossReport report)
    {
        _script = new ReplayScript(report);
        Print(_script.Head());
    }

    public void Transaction(LostTransaction transaction) => Print(_script!.Begin(transaction));

    public void Change(LostTransaction transaction, LostChange change, RowFate fate) => Print(_script!.Change(transaction, change, fate));

    public void End() => Print(_script?.End() ?? []);

    private void Print(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            terminal.Plain(line);
        }
    }
}
