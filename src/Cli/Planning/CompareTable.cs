using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning;

/// <summary>The rungs of the ladder beside each other: the best of each, the chosen one marked, and why the others are not.</summary>
internal static class CompareTable
{
    public static IEnumerable<string> Render(PlanFacts facts, StorePlan store, int width)
    {
        var table = new TextTable(
            2, new Column(""), new Column("PATTERN", Shrinks: true), new Column("COMMIT", Right: true), new Column("SITE RPO", Right: true),
            new Column("SITE RTO", Right: true), new Column($"{facts.Currency} A YEAR", Right: true), new Column("DAMAGE", Right: true));
        foreach (var rung in store.Ladder)
        {
            var site = rung.After(FailureKind.Site);
            var chosen = rung == store.Chosen;
            var style = chosen ? "bold" : rung.CanBeHad ? "" : "dim";
            // What the product cannot do has no figures.
            string[] figures = rung.IsOutOfReach
                ? ["-", "-", "-", "-", "-"]
                :
                [
                    QuantityText.Of(rung.Commit), QuantityText.Of(site.Rpo, "all"), QuantityText.Of(site.Rto, "never"),
                    Amount(rung.Costs.Spent), Amount(rung.Costs.Damage),
                ];
            table.Add([.. new[] { chosen ? "→" : "", PatternWords.Of(rung.Candidate) }.Concat(figures).Select(text => new Cell(text, style))]);
            foreach (var line in WhyNot(store, rung).SelectMany(why => TextFlow.Hanging("", why, 5, 0, width)))
            {
                table.AddLine(Terminal.Styled(line, "dim"));
            }
        }

        return table.Render(width);
    }

    private static IEnumerable<string> WhyNot(StorePlan store, Assessment rung)
    {
        if (rung == store.Chosen)
        {
            yield break;
        }

        foreach (var gate in rung.Gates)
        {
            yield return $"cannot be had: {gate.What}";
        }

        foreach (var missed in rung.IsOutOfReach ? [] : rung.Missed)
        {
            var (rpo, rto) = (missed.Objective!.Rpo, missed.Objective.Rto);
            string[] halves =
            [
                .. missed.MissesRpo ? new[] { $"rpo {QuantityText.Beside(missed.Rpo, rpo, "all")} of {QuantityText.Of(rpo)}" } : [],
                .. missed.MissesRto ? new[] { $"rto {QuantityText.Beside(missed.Rto, rto, "never")} of {QuantityText.Of(rto)}" } : [],
            ];
            yield return $"misses {PatternWords.Of(missed.Failure)}: {string.Join(", ", halves)}";
        }

        if (rung.MeetsAll)
        {
            yield return store.Chosen.Costs.Total < rung.Costs.Total
                ? "meets all, and costs more with the damage that is to be expected"
                : "meets all, as the chosen one does";
        }
    }

    private static string Amount(Money money) => QuantityText.Of(money, "").TrimStart();
}
