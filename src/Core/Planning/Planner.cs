using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning;

/// <summary>From objectives and facts to a pattern for each store. Pure: the same facts give the same plan.</summary>
public static class Planner
{
    public static SystemPlan Plan(PlanFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ImmutableArray<StorePlan> stores = [.. facts.Stores.Select(store => Plan(new Setting(facts, store)))];
        return new SystemPlan(facts, stores, PlanDecisions.Of(facts.Decisions, stores));
    }

    private static StorePlan Plan(Setting setting)
    {
        var all = setting.Candidates.Select(candidate => Assessment.Of(setting, candidate)).ToList();
        var chosen = Best(all);
        var ladder = all.GroupBy(assessment => assessment.Candidate.Pattern).OrderBy(rung => rung.Key)
            .Select(rung => rung.Contains(chosen) ? chosen : Best([.. rung]));
        return new StorePlan(setting, chosen, [.. ladder], Remedies.Of(setting, chosen, all), chosen.Candidate.Streams ? LinkOutlook.Of(setting) : null);
    }

    /// <summary>
    /// Those that can be had before those that cannot; then whoever misses the fewest objectives, and by the least; then the least money, with the damage
    /// that is to be expected; then the order of the ladder.
    /// </summary>
    private static Assessment Best(IReadOnlyCollection<Assessment> assessments) => assessments
        .OrderBy(assessment => assessment.IsOutOfReach)
        .ThenBy(assessment => assessment.Gates.Length)
        .ThenBy(assessment => assessment.Missed.Count())
        .ThenBy(assessment => Duration.Sum(assessment.Missed.Select(outcome => outcome.Shortfall)))
        .ThenBy(assessment => assessment.Costs.Total)
        .ThenBy(assessment => assessment.Candidate.Pattern)
        .First();
}
