using System.Text.Json;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Loss;

/// <summary>
/// Writes reports as one JSON document as they come: an array of objects with <c>report</c> and <c>transactions</c>, each transaction with its
/// <c>changes</c>, each change with its <c>fate</c>.
/// </summary>
internal sealed class LossJsonText(TextWriter output)
{
    private bool _report;
    private bool _transaction;
    private bool _change;

    public void Begin() => output.Write('[');

    public void Report(LossReport report)
    {
        EndReport();
        output.Write(_report ? ",\n" : "\n");
        output.Write($"{{\"report\":{JsonSerializer.Serialize(report, LossJson.Plain.LossReport)},\n\"transactions\":[");
        (_report, _transaction) = (true, false);
    }

    public void Transaction(LostTransaction transaction)
    {
        EndTransaction();
        output.Write(_transaction ? ",\n" : "\n");
        output.Write($"{{\"transaction\":{JsonSerializer.Serialize(transaction, LossJson.Plain.LostTransaction)},\"changes\":[");
        (_transaction, _change) = (true, false);
    }

    public void Change(LostChange change, RowFate fate)
    {
        output.Write(_change ? ",\n " : "\n ");
        output.Write($"{{\"change\":{JsonSerializer.Serialize(change, LossJson.Plain.LostChange)},\"fate\":\"{fate}\"}}");
        _change = true;
    }

    public void End()
    {
        EndReport();
        output.WriteLine("\n]");
    }

    private void EndTransaction()
    {
        if (_transaction)
        {
            output.Write("]}");
        }
    }

    private void EndReport()
    {
        if (_report)
        {
            EndTransaction();
            output.Write("]}");
        }
    }
}
