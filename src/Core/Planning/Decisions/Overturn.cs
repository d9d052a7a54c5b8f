using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How little it takes to change a decision: the smallest change of one weight, the others keeping their proportions.</summary>
/// <param name="Rival">Who would win then.</param>
/// <param name="Needed">The weight beyond which it would.</param>
public sealed record Overturn(DecisionOption Rival, Criterion Criterion, double Needed)
{
    private const double Nothing = 1e-9;

    /// <summary>A weight nearer to 0 or to 1 than this is no weight beside others: beyond it there is nowhere to go.</summary>
    private const double Edge = 1e-5;

    /// <summary>How far the weight would have to go, up or down; 0 where they are equal now and the order decided.</summary>
    public double Change => Math.Abs(Needed - Criterion.Weight);

    /// <summary><c>snapshots would win if 'recovery time' weighed more than 42 % instead of 10 %</c></summary>
    public string InWords => Change < Nothing
        ? $"{Rival.Name} is as good; the simpler one was taken"
        : $"{Rival.Name} would win if '{Criterion.Name}' weighed {(Needed > Criterion.Weight ? "more" : "less")} than "
            + $"{QuantityText.Percent(Needed)} instead of {QuantityText.Percent(Criterion.Weight)}";

    internal static Overturn? Of(ScoredDecision decision) => decision.Chosen is not { } chosen
        ? null
        : decision.Ranking.Skip(1).Where(rival => rival.CanBeHad)
            .SelectMany(rival => decision.Criteria.Select((_, index) => Of(decision, chosen, rival, index)))
            .OfType<Overturn>()
            .MinBy(overturn => Math.Round(overturn.Change, 9));

    /// <summary>
    /// With weight x for one criterion and the others in proportion, the lead of the chosen one over the rival is x·d + (1 − x)·r, where d is its
    /// lead in this criterion and r the weighted mean of its lead in all others. It is zero at x = r / (r − d).
    /// </summary>
    private static Overturn? Of(ScoredDecision decision, DecisionOption chosen, DecisionOption rival, int index)
    {
        var criterion = decision.Criteria[index];
        if (decision.Criteria.Length == 1)
        {
            return null;
        }

        double lead = chosen.Scores[index].Points - rival.Scores[index].Points;
        var others = (decision.Total(chosen) - decision.Total(rival) - (criterion.Weight * lead)) / (1 - criterion.Weight);
        if (Math.Abs(others - lead) < Nothing)
        {
            return null;
        }

        var needed = others / (others - lead);
        return needed is > Edge and < 1 - Edge ? new Overturn(rival, criterion, needed) : null;
    }
}
