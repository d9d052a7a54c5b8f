using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>What the chosen pattern makes of each kind of failure.</summary>
internal static class FailureTable
{
    public static Element Draw(StorePlan store, string id)
    {
        var table = new Table(
            "Each kind of failure: the most that is lost, how long it takes, and what is demanded", new Heading("Failure"), new Heading("Verdict"),
            new Heading("RPO", IsNumber: true), new Heading("RPO demanded", IsNumber: true), new Heading("RTO", IsNumber: true),
            new Heading("RTO demanded", IsNumber: true), new Heading("Loss, and parts of the recovery"));
        foreach (var outcome in store.Chosen.Outcomes)
        {
            table.Add(
                outcome.Verdict == Verdict.Missed ? "missed" : "", PatternWords.Of(outcome.Failure), Words.Badge(outcome.Verdict), Words.Rpo(outcome),
                Demanded(outcome.Objective?.Rpo), Words.Rto(outcome), Demanded(outcome.Objective?.Rto),
                new Element("div", new Element("p", $"Loss: {outcome.LossWhy}.").Of("note"), RecoveryBar.Draw(outcome, id)));
        }

        return table.Draw();
    }

    private static string Demanded(TimeSpan? objective) => objective is { } asked ? QuantityText.Of(asked) : "–";
}
