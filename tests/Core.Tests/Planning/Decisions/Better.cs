using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>What is asked of every decision, whatever it is about.</summary>
internal static class Better
{
    /// <summary>All sets of facts that come of choosing one change of each group, from a start.</summary>
    public static IEnumerable<T> Grid<T>(T start, params Func<T, T>[][] groups) =>
        groups.Aggregate<Func<T, T>[], IEnumerable<T>>([start], (all, group) => all.SelectMany(facts => group.Select(change => change(facts))));

    /// <summary>Fails with the facts, which are put into words only then.</summary>
    public static void Check(bool holds, string what, object facts)
    {
        if (!holds)
        {
            Assert.Fail($"{what}: {Told(facts)}");
        }
    }

    /// <summary>All facts in one line.</summary>
    public static string Told(object facts) => string.Join(", ", facts.GetType().GetProperties()
        .Select(property => $"{property.Name} = {(property.GetValue(facts) is Probability share ? share.Value : property.GetValue(facts))}"));

    /// <summary>An option is not ruled out by more, and not worse by any criterion.</summary>
    public static void ShouldNotBeLessThan(this DecisionOption better, DecisionOption worse, Func<string> of)
    {
        // Asked millions of times: a message is made only where it is needed.
        if (better.Gates.Length > worse.Gates.Length)
        {
            Assert.Fail($"{better.Name}: {of()}: {string.Join("; ", better.Gates)}, and before: {string.Join("; ", worse.Gates)}");
        }

        foreach (var (after, before) in better.Scores.Zip(worse.Scores))
        {
            if (after.Points < before.Points)
            {
                Assert.Fail($"{better.Name}: {of()}: {after.Points}, {after.Why}; and before: {before.Points}, {before.Why}");
            }
        }
    }

    /// <summary>What holds for every decision: weights, reasons, the order of the ranking, and what the overturn says.</summary>
    public static void ShouldBeSound(this ScoredDecision decision)
    {
        decision.Criteria.Sum(criterion => criterion.Weight).ShouldBe(1, 1e-9);
        foreach (var option in decision.Options)
        {
            option.Scores.Length.ShouldBe(decision.Criteria.Length);
            option.Scores.All(score => score is { Why.Length: > 3, Points: >= 0 and <= Score.Best }).ShouldBeTrue(option.Name);
            option.Gates.All(gate => gate is { What.Length: > 3, Change.Length: > 3 }).ShouldBeTrue(option.Name);
            decision.Total(option).ShouldBeInRange(0, Score.Best);
        }

        decision.Ranking.Length.ShouldBe(decision.Options.Length);
        decision.Chosen.ShouldBe(decision.Nearest.CanBeHad ? decision.Nearest : null);
        foreach (var option in decision.Options.Where(option => option.CanBeHad))
        {
            decision.Total(decision.Chosen!).ShouldBeGreaterThanOrEqualTo(decision.Total(option));
        }

        ShouldOverturn(decision);
    }

    /// <summary>Just beyond the weight that it names another wins; just before it the chosen one does still.</summary>
    private static void ShouldOverturn(ScoredDecision decision)
    {
        if (decision.Overturn is not { } overturn)
        {
            return;
        }

        const double Little = 1e-6;
        var away = overturn.Needed >= overturn.Criterion.Weight ? Little : -Little;
        if (overturn.Change > 2 * Little)
        {
            decision.WithWeight(overturn.Criterion, overturn.Needed - away).Chosen!.Name.ShouldBe(decision.Chosen!.Name);
            decision.WithWeight(overturn.Criterion, overturn.Needed + away).Chosen!.Name.ShouldNotBe(decision.Chosen!.Name);
        }
        else
        {
            // A tie: to one side or the other the rival is ahead.
            new[] { Little, -Little }.Select(step => decision.WithWeight(overturn.Criterion, overturn.Needed + step).Chosen!.Name)
                .ShouldContain(name => name != decision.Chosen!.Name);
        }
    }
}
