using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Quorum;

/// <summary>R1, looked at from every side: each interleaving over small sets, random walks over large ones, and planners that are wrong on purpose.</summary>
public sealed class QuorumPlannerTests
{
    private static readonly ImmutableArray<string> Two = ["x", "y"];
    private static readonly ImmutableArray<string> Three = ["x", "y", "z"];

    [Fact]
    public void Every_interleaving_of_every_change_over_two_standbys_keeps_the_overlap_even_when_the_wish_changes_midway()
    {
        var rules = QuorumSearch.RulesOver(Two);
        var model = new QuorumModel(Two, QuorumPlanner.Next);
        foreach (var from in rules)
        {
            QuorumSearch.FindViolation(model, QuorumModel.Start(Two, from, from), rules).ShouldBeNull();
        }
    }

    [Fact]
    public void Every_interleaving_of_every_change_over_three_standbys_keeps_the_overlap_and_settles()
    {
        var rules = QuorumSearch.RulesOver(Three);
        var model = new QuorumModel(Three, QuorumPlanner.Next);
        foreach (var from in rules)
        {
            foreach (var to in rules)
            {
                QuorumSearch.FindViolation(model, QuorumModel.Start(Three, from, to)).ShouldBeNull($"{from} → {to}");
            }
        }
    }

    [Fact]
    public void A_server_that_is_behind_the_record_in_whatever_safe_way_is_brought_to_what_is_desired()
    {
        var rules = QuorumSearch.RulesOver(Two).Add(SyncRule.Blocked);
        var model = new QuorumModel(Two, QuorumPlanner.Next);
        foreach (var (recorded, configured) in rules.SelectMany(recorded => rules.Select(configured => (recorded, configured))))
        {
            if (recorded == SyncRule.Blocked || !QuorumPlanner.Overlaps(configured, recorded))
            {
                continue;
            }

            foreach (var desired in rules.Where(rule => rule != SyncRule.Blocked))
            {
                QuorumSearch.FindViolation(model, QuorumModel.Start(Two, recorded, desired, configured)).ShouldBeNull($"{recorded}/{configured} → {desired}");
            }
        }
    }

    [Fact]
    public void A_planner_that_shrinks_the_record_before_the_server_is_caught() =>
        Caught(WrongPlanners.ShrinkRecordFirst).ShouldContain("acknowledges by");

    [Fact]
    public void A_planner_that_grows_the_server_before_the_record_is_caught() =>
        Caught(WrongPlanners.GrowServerFirst).ShouldContain("acknowledges by");

    [Fact]
    public void A_planner_that_does_not_wait_for_the_barrier_is_caught() =>
        Caught(WrongPlanners.NoBarrier).ShouldContain("an election may miss it");

    [Fact]
    public void A_planner_that_does_not_wait_until_the_change_is_effective_is_caught() =>
        Caught(WrongPlanners.NotEffective).ShouldContain("acknowledges by");

    [Fact]
    public void A_planner_that_lets_the_server_acknowledge_alone_before_the_record_says_so_is_caught() =>
        Caught(WrongPlanners.LoneServerFirst).ShouldContain("acknowledges by none");

    [Fact]
    public void A_planner_that_replaces_a_candidate_without_growing_to_both_is_caught() =>
        Caught(WrongPlanners.NoUnion).ShouldContain("acknowledges by");

    [Fact]
    public void A_planner_that_never_shrinks_the_record_is_caught() =>
        Caught(view => QuorumPlanner.Next(view) is QuorumStep.WriteRecord write && write.Rule == view.Desired && view.Desired.Protects
            ? new QuorumStep.Wait("for ever") : QuorumPlanner.Next(view)).ShouldContain("never settles");

    [Fact]
    public void Overlap_says_what_counting_all_pairs_of_sets_says()
    {
        ImmutableArray<string> names = ["w", "x", "y", "z"];
        var rules = QuorumSearch.RulesOver(names).Add(SyncRule.Blocked);
        foreach (var acknowledging in rules)
        {
            foreach (var electing in rules)
            {
                QuorumPlanner.Overlaps(acknowledging, electing).ShouldBe(CountedOverlap(names, acknowledging, electing), $"{acknowledging} against {electing}");
            }
        }
    }

    [Fact]
    public void Random_walks_over_up_to_seven_standbys_keep_the_overlap()
    {
        ImmutableArray<string> names = ["p", "q", "r", "s", "t", "u", "v"];
        var rules = QuorumSearch.RulesOver(names);
        var walk = ArbMap.Default.GeneratorFor<int>().ToArbitrary();
        Prop.ForAll(walk, seed => RandomWalk(names, rules, new Random(seed)) is not { } broken ? true : throw new InvalidOperationException($"seed {seed}: {broken}"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    private static string? RandomWalk(ImmutableArray<string> names, ImmutableArray<SyncRule> rules, Random random)
    {
        var model = new QuorumModel(names, QuorumPlanner.Next);
        var first = rules[random.Next(rules.Length)];
        var state = QuorumModel.Start(names, first, first);
        for (var step = 0; step < 80; step++)
        {
            if (model.Broken(state) is { } broken)
            {
                return $"after {step} steps: {broken}";
            }

            var next = model.Next(state).ToArray();
            state = next.Length == 0 || random.Next(15) == 0
                ? state with { Desired = rules[random.Next(rules.Length)], Barrier = null }
                : next[random.Next(next.Length)];
        }

        return null;
    }

    private static string Caught(Func<Core.Quorum.QuorumView, QuorumStep> planner)
    {
        var rules = QuorumSearch.RulesOver(Two);
        var model = new QuorumModel(Two, planner);
        return rules.SelectMany(from => rules.Select(to => QuorumSearch.FindViolation(model, QuorumModel.Start(Two, from, to))))
            .FirstOrDefault(violation => violation is not null).ShouldNotBeNull("the check did not notice a wrong planner");
    }

    private static bool CountedOverlap(ImmutableArray<string> names, SyncRule acknowledging, SyncRule electing)
    {
        if (!electing.Protects || acknowledging == SyncRule.Blocked)
        {
            return true;
        }

        var subsets = Enumerable.Range(0, 1 << names.Length).Select(bits => names.Where((_, i) => (bits & (1 << i)) != 0).ToImmutableSortedSet(StringComparer.Ordinal)).ToArray();
        var acks = subsets.Where(set => set.IsSubsetOf(acknowledging.Candidates) && set.Count == acknowledging.Acks).ToArray();
        var elections = subsets.Where(set => set.IsSubsetOf(electing.Candidates) && set.Count == electing.ElectionQuorum).ToArray();
        return acks.All(ack => elections.All(election => ack.Overlaps(election)));
    }
}
