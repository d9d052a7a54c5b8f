using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>
/// A decision that can be argued with: options, what they are judged by, how they do, and why. The total of an option is the weighted sum of its
/// scores, from 0 to 5 (simple additive weighting: P. C. Fishburn, "Additive Utilities with Incomplete Product Sets", Operations Research 15(3),
/// 1967). A gate is no score: an option that cannot be had is not made good by being cheap. The same options always give the same answer.
/// </summary>
public sealed class ScoredDecision
{
    /// <summary>Totals that differ by less are equal: what is left is the rounding of the machine.</summary>
    private const int Digits = 9;

    /// <param name="options">The simplest first: where totals are equal, the earlier one is taken.</param>
    /// <exception cref="ImpossibleException">A weight that is not above 0, or weights that do not add up to 1.</exception>
    public ScoredDecision(string question, ImmutableArray<Criterion> criteria, ImmutableArray<DecisionOption> options)
    {
        Invariant.Check(!criteria.IsDefaultOrEmpty && !options.IsDefaultOrEmpty, "a decision has criteria and options");
        Invariant.Check(options.All(option => option.Scores.Length == criteria.Length), "an option has a score for each criterion");
        Invariant.Check(options.Select(option => option.Name).Distinct().Count() == options.Length, "an option's name is its own");
        foreach (var criterion in criteria)
        {
            ImpossibleException.IfNotPositive(criterion.Weight, $"a weight for '{criterion.Name}'", "(share)");
        }

        var sum = criteria.Sum(criterion => criterion.Weight);
        if (Math.Round(sum - 1, Digits) != 0)
        {
            throw new ImpossibleException($"weights that add up to {QuantityText.Digits(sum)} are impossible: they are shares of 1");
        }

        (Question, Criteria, Options) = (question, criteria, options);
        // OrderBy keeps the order of equals: the earlier option stays before the later.
        Ranking = [.. options.OrderBy(option => option.Gates.Length).ThenByDescending(Total)];
        Overturn = Overturn.Of(this);
    }

    public string Question { get; }
    public ImmutableArray<Criterion> Criteria { get; }

    /// <summary>In the order that they were given in: the simplest first.</summary>
    public ImmutableArray<DecisionOption> Options { get; }

    /// <summary>The best first; those that are ruled out after all others, the fewer gates the earlier.</summary>
    public ImmutableArray<DecisionOption> Ranking { get; }

    /// <summary>Null: every option is ruled out.</summary>
    public DecisionOption? Chosen => Ranking[0].CanBeHad ? Ranking[0] : null;

    /// <summary>The chosen one; where there is none, the one with the fewest gates, which say what would have to change.</summary>
    public DecisionOption Nearest => Ranking[0];

    /// <summary>
    /// The smallest change of one weight after which another option would win. Null: none does, or nothing was chosen, or nothing else can be had.
    /// </summary>
    public Overturn? Overturn { get; }

    /// <summary>Weighted, from 0 to 5.</summary>
    public double Total(DecisionOption option)
    {
        ArgumentNullException.ThrowIfNull(option);
        return Math.Round(Criteria.Zip(option.Scores, (criterion, score) => criterion.Weight * score.Points).Sum(), Digits);
    }

    /// <summary>The same with another weight for one criterion; the others share what is left as they did before.</summary>
    /// <exception cref="ImpossibleException">The weight is not between 0 and 1, both excluded; or it is the only criterion.</exception>
    public ScoredDecision WithWeight(Criterion changed, double weight)
    {
        ArgumentNullException.ThrowIfNull(changed);
        Invariant.Check(Criteria.Contains(changed), "the criterion is one of this decision's");
        if (Criteria.Length == 1 || weight is not (> 0 and < 1))
        {
            throw new ImpossibleException($"a weight of {QuantityText.Digits(weight)} beside others is impossible: it is between 0 and 1");
        }

        var rest = (1 - weight) / (1 - changed.Weight);
        return new ScoredDecision(
            Question,
            [.. Criteria.Select(criterion => criterion with { Weight = criterion == changed ? weight : criterion.Weight * rest })],
            Options);
    }
}
