using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>One cloud, several regions of it, or several clouds.</summary>
/// <param name="Decision">Options in the order of <see cref="CloudShape"/>: one region first, which is what is taken where nothing speaks against
/// it.</param>
/// <param name="Figures">For each option, in the same order.</param>
/// <param name="Reasons">What becomes of the reasons that were given.</param>
/// <param name="Conditions">What must be done for the chosen one to be what it says; sentences. Empty: nothing.</param>
public sealed record CloudFootprint(
    ScoredDecision Decision, ImmutableArray<CloudFigures> Figures, ImmutableArray<ReasonVerdict> Reasons, ImmutableArray<string> Conditions)
{
    public static ImmutableArray<Criterion> Criteria { get; } =
    [
        new("availability", 0.15, "how much of the allowed downtime do the clouds use up?", "what is required is a gate; this is the room beyond it"),
        new("cost", 0.20, "what does it cost, beside one region?", "paid each month, whatever happens"),
        new("work", 0.30, "can this team run it, and be woken for it?", "most outages come from changes; every platform more has changes of its own"),
        new("exit", 0.15, "how sure is it that one can leave?", "seldom needed, but then all depends on it"),
        new("portability", 0.10, "how much exists on both sides?", "what does not is written and tested twice, for ever"),
        new("latency", 0.10, "how much of the budget does the other side take?", "too much is a gate; below that users hardly notice"),
    ];

    /// <exception cref="ImpossibleException">A fact that cannot be.</exception>
    public static CloudFootprint Of(CloudFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        facts.Check();
        var figures = Enum.GetValues<CloudShape>().Select(shape => CloudFigures.Of(facts, shape)).ToImmutableArray();
        var decision = new ScoredDecision(
            "One cloud, or several?", Criteria,
            [.. figures.Select(one => new DecisionOption(Name(one.Shape), What(one.Shape), CloudScores.Of(facts, one), CloudGates.Of(facts, one)))]);
        return new CloudFootprint(
            decision, figures, [.. facts.Reasons.Distinct().Select(reason => CloudReasons.Judge(reason, facts))],
            ConditionsOf(facts, decision, figures));
    }

    internal static string Name(CloudShape shape) => shape switch
    {
        CloudShape.OneRegion => "one provider, one region",
        CloudShape.TwoRegions => "one provider, two regions",
        CloudShape.ActivePassive => "two providers, one active",
        _ => "two providers, both active",
    };

    private static string What(CloudShape shape) => shape switch
    {
        CloudShape.OneRegion => "several zones of one region, and an exit that is tried each year",
        CloudShape.TwoRegions => "the second region follows, and an exit that is tried each year",
        CloudShape.ActivePassive => "the second provider follows, and takes over after a decision",
        _ => "requests go to both, and either can carry all",
    };

    private static ImmutableArray<string> ConditionsOf(CloudFacts facts, ScoredDecision decision, ImmutableArray<CloudFigures> figures)
    {
        var taken = figures[decision.Options.IndexOf(decision.Nearest)];
        return [.. All()];

        IEnumerable<string> All()
        {
            if (!facts.ExitTested)
            {
                yield return CloudGates.UsesTwoProviders(taken.Shape)
                    ? "Try the failover to the other provider: one that was never tried is a hope."
                    : "Test the exit once a year: data out within a time that you name, and a part of the system up elsewhere.";
            }

            if (facts.RegulatorDemandsExitPlan && !facts.ExitTested)
            {
                yield return "The regulator demands a documented and tested exit plan: it is missing now.";
            }

            if (taken.Whole < facts.RequiredAvailability)
            {
                yield return $"{QuantityText.Available(facts.RequiredAvailability)} will not be reached: with your own software and changes at "
                    + $"{QuantityText.Available(facts.OwnAvailability)}, all of it gives {QuantityText.Available(taken.Whole)}. "
                    + "No second cloud changes that part.";
            }
        }
    }
}
