using System.Collections.Immutable;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

public sealed class ScoredDecisionTests
{
    private static readonly Gate Shut = new("it cannot be had", "if it could");

    [Fact]
    public void The_total_is_the_weighted_sum_of_the_scores()
    {
        var decision = Decide([0.5, 0.3, 0.2], ("one", [5, 0, 1]), ("other", [1, 5, 5]));
        decision.Total(decision.Options[0]).ShouldBe(2.7);
        decision.Total(decision.Options[1]).ShouldBe(3.0);
        decision.Chosen!.Name.ShouldBe("other");
        decision.ShouldBeSound();
    }

    [Fact]
    public void Of_equals_the_first_is_taken_and_nothing_has_to_change_for_the_other()
    {
        var decision = Decide([0.5, 0.5], ("first", [4, 2]), ("second", [2, 4]));
        decision.Chosen!.Name.ShouldBe("first");
        decision.Overturn!.Change.ShouldBe(0, 1e-9);
        decision.Overturn!.InWords.ShouldBe("second is as good; the simpler one was taken");
        Decide([0.5, 0.5], ("second", [2, 4]), ("first", [4, 2])).Chosen!.Name.ShouldBe("second");
        decision.ShouldBeSound();
    }

    [Fact]
    public void Sums_that_differ_by_the_machines_rounding_only_are_equal()
    {
        // 0.1 + 0.2 is not 0.3 in binary; the first must still be taken.
        var decision = Decide([0.1, 0.2, 0.7], ("first", [3, 0, 3]), ("second", [1, 1, 3]));
        decision.Total(decision.Options[0]).ShouldBe(decision.Total(decision.Options[1]));
        decision.Chosen!.Name.ShouldBe("first");
    }

    [Fact]
    public void A_gate_rules_out_whatever_the_scores_are()
    {
        var best = Option("best", [5, 5], Shut);
        var decision = new ScoredDecision("which?", Weights([0.5, 0.5]), [best, Option("poor", [1, 0])]);
        decision.Chosen!.Name.ShouldBe("poor");
        decision.Ranking.Select(option => option.Name).ShouldBe(["poor", "best"]);
        decision.Overturn.ShouldBeNull("nothing else can be had");
        decision.ShouldBeSound();
    }

    [Fact]
    public void Where_all_are_ruled_out_none_is_chosen_and_the_one_with_the_fewest_gates_is_the_nearest()
    {
        var decision = new ScoredDecision("which?", Weights([1]), [Option("far", [5], Shut, Shut), Option("near", [0], Shut)]);
        decision.Chosen.ShouldBeNull();
        decision.Nearest.Name.ShouldBe("near");
        decision.ShouldBeSound();
    }

    [Fact]
    public void The_overturn_is_the_smallest_change_of_one_weight_that_makes_another_win()
    {
        // With weight x for the first the lead is 2·x − 0.6·(1 − x), for the others share the rest as 3 to 2: zero at 0.6/2.6.
        var decision = Decide([0.5, 0.3, 0.2], ("chosen", [4, 3, 3]), ("rival", [2, 4, 3]));
        decision.Overturn!.Rival.Name.ShouldBe("rival");
        decision.Overturn!.Criterion.Name.ShouldBe("c0");
        decision.Overturn!.Needed.ShouldBe(0.6 / 2.6, 1e-9);
        decision.Overturn!.InWords.ShouldBe("rival would win if 'c0' weighed less than 23.1 % instead of 50 %");
        decision.ShouldBeSound();
    }

    [Fact]
    public void What_is_better_by_every_criterion_is_not_overturned_by_any_weight()
    {
        Decide([0.6, 0.4], ("chosen", [4, 4]), ("rival", [2, 3])).Overturn.ShouldBeNull();
        Decide([0.6, 0.4], ("chosen", [4, 4]), ("rival", [4, 3])).Overturn.ShouldBeNull("a weight of 1 would only make them equal");
        Decide([0.6, 0.4], ("chosen", [4, 4]), ("rival", [4, 4])).Overturn.ShouldBeNull("no weight tells them apart");
    }

    [Fact]
    public void The_overturn_holds_for_random_decisions()
    {
        var random = new Random(4711);
        for (var round = 0; round < 2000; round++)
        {
            var parts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(1, 10)).ToArray();
            var weights = parts.Select(part => (double)part / parts.Sum()).ToArray();
            var options = Enumerable.Range(0, random.Next(1, 6))
                .Select(index => (Name: $"option {index}", Points: parts.Select(_ => random.Next(0, 6)).ToArray())).ToArray();
            Decide(weights, options).ShouldBeSound();
        }
    }

    [Fact]
    public void With_another_weight_the_others_keep_their_proportions()
    {
        var decision = Decide([0.5, 0.3, 0.2], ("one", [5, 0, 1]));
        decision.WithWeight(decision.Criteria[0], 0.75).Criteria.Select(criterion => criterion.Weight).ShouldBe([0.75, 0.15, 0.1], 1e-12);
    }

    [Fact]
    public void Weights_that_are_no_shares_of_one_are_refused()
    {
        Should.Throw<ImpossibleException>(() => Decide([0.5, 0.4], ("one", [5, 0]))).Message.ShouldContain("add up to 0.9");
        Should.Throw<ImpossibleException>(() => Decide([1.5, -0.5], ("one", [5, 0]))).Message.ShouldContain("'c1'");
        Should.Throw<ImpossibleException>(() => Decide([1, 0], ("one", [5, 0])));
        var decision = Decide([0.5, 0.5], ("one", [5, 0]));
        Should.Throw<ImpossibleException>(() => decision.WithWeight(decision.Criteria[0], 1));
    }

    [Fact]
    public void A_score_without_a_reason_or_beyond_its_ends_is_a_bug()
    {
        Should.Throw<InvariantViolationException>(() => new Score(3, " "));
        Should.Throw<InvariantViolationException>(() => new Score(6, "too good"));
        Should.Throw<InvariantViolationException>(() => new Score(-1, "too bad"));
        Should.Throw<InvariantViolationException>(() => Decide([0.5, 0.5], ("one", [5])));
        Should.Throw<InvariantViolationException>(() => Decide([1], ("one", [5]), ("one", [4])));
    }

    private static ScoredDecision Decide(double[] weights, params (string Name, int[] Points)[] options) =>
        new("which?", Weights(weights), [.. options.Select(option => Option(option.Name, option.Points))]);

    private static ImmutableArray<Criterion> Weights(double[] weights) =>
        [.. weights.Select((weight, index) => new Criterion($"c{index}", weight, "how much?", "a test"))];

    private static DecisionOption Option(string name, int[] points, params Gate[] gates) =>
        new(name, "an option", [.. points.Select(point => new Score(point, "the test says so"))], [.. gates]);
}
