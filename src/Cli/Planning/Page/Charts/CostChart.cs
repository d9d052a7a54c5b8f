using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What each rung of the ladder costs a year, against how long a year it is expected to be down.</summary>
internal static class CostChart
{
    /// <summary>Less than a millisecond a year is not told apart.</summary>
    private const double LeastSeconds = 1e-3;

    public static Element Draw(PlanFacts facts, StorePlan plan, string id)
    {
        var title = $"Cost against downtime: {plan.Store.Name}";
        var rungs = plan.Ladder.Select((rung, at) => new Rung(
            rung, LadderTable.Number(at), Math.Max(LeastSeconds, Availability.DowntimeAYear(rung.Available).TotalSeconds),
            rung.Costs.Spent.Amount)).ToList();
        var chart = new Chart(
            id, title, string.Join(". ", rungs.Select(rung => Told(facts, rung))) + ".",
            TimeAxis.Logarithmic("down a year, to be expected", rungs.Min(rung => rung.Down) * 0.8, rungs.Max(rung => rung.Down) * 1.2),
            AmountAxis.Money("spent a year", rungs.Max(rung => rung.Spent) * 1.05, facts.Currency));
        foreach (var rung in rungs)
        {
            var chosen = rung.Assessed == plan.Chosen;
            var shape = !rung.Assessed.CanBeHad ? Shape.Cross : rung.Assessed.MeetsAll ? Shape.Full : Shape.Open;
            chart.Point(shape, rung.Down, rung.Spent, rung.Number, chosen);
            var verdict = shape switch { Shape.Cross => "cannot be had", Shape.Full => "meets all", _ => "misses an objective" };
            chart.Legend.Sign(shape, chosen, $"{rung.Number} {PatternWords.Of(rung.Assessed.Candidate)}: {(chosen ? "chosen, " : "")}{verdict}");
        }

        return chart.Draw(
            "The numbers are those of the ladder: the best of each rung. Downtime is every kind of failure, as often as it is expected, times its "
            + "recovery; what nothing brings back counts as long as making it anew takes.");
    }

    private static string Told(PlanFacts facts, Rung rung) =>
        $"{rung.Number}, {PatternWords.Of(rung.Assessed.Candidate.Pattern)}: "
        + $"{QuantityText.Of(Availability.DowntimeAYear(rung.Assessed.Available))} down and "
        + $"{QuantityText.Of(rung.Assessed.Costs.Spent, facts.Currency)} spent a year";

    private sealed record Rung(Assessment Assessed, string Number, double Down, double Spent);
}
