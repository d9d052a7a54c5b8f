using FsCheck;
using FsCheck.Fluent;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;
using static Holdfast.Core.Tests.Planning.Plans;
using static Holdfast.Core.Tests.Planning.RandomPlans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>What must hold whatever the numbers are: the model is monotone where physics is, and a plan is what it says.</summary>
public sealed class PropertyTests
{
    [Fact]
    public void More_distance_never_makes_a_commit_that_waits_for_another_place_faster() => ForAll(
        Pair(0, 20_000),
        route =>
        {
            foreach (var pattern in (DataPattern[])[DataPattern.StretchedQuorum, DataPattern.NearReceiver])
            {
                Commit(route.Less, pattern).ShouldBeLessThanOrEqualTo(Commit(route.More, pattern));
            }
        });

    [Fact]
    public void More_distance_never_makes_a_link_carry_more() => ForAll(
        from route in Pair(0, 20_000) from megabits in Between(1, 100_000) from loss in Between(1e-9, 1) select (route, megabits, loss),
        drawn => Carries(drawn.route.More, drawn.megabits, drawn.loss)
            .ShouldBeLessThanOrEqualTo(Carries(drawn.route.Less, drawn.megabits, drawn.loss)));

    [Fact]
    public void A_thicker_line_or_less_loss_never_carries_less() => ForAll(
        from line in Pair(1, 100_000) from loss in Pair(1e-9, 1) from route in Between(1, 20_000) select (line, loss, route),
        drawn => Carries(drawn.route, drawn.line.Less, drawn.loss.More)
            .ShouldBeLessThanOrEqualTo(Carries(drawn.route, drawn.line.More, drawn.loss.Less)));

    [Fact]
    public void More_bandwidth_never_makes_catching_up_or_a_peak_take_longer() => ForAll(
        from link in Pair(1, 1e9) from log in Between(1, 1e9) from outage in Between(1, 1e6) select (link, log, outage),
        drawn =>
        {
            var (time, log) = (TimeSpan.FromSeconds(drawn.outage), new ByteRate(drawn.log));
            var (slow, fast) = (new ByteRate(drawn.link.Less), new ByteRate(drawn.link.More));
            OrNever(Backlog.CatchUp(time, log, fast)).ShouldBeLessThanOrEqualTo(OrNever(Backlog.CatchUp(time, log, slow)));
            Backlog.LagAfterPeak(time, log, fast).ShouldBeLessThanOrEqualTo(Backlog.LagAfterPeak(time, log, slow));
        });

    [Fact]
    public void The_other_site_never_catches_up_exactly_when_as_much_is_written_as_the_link_carries() => ForAll(
        from link in Between(1, 1e9) from share in Gen.OneOf(Between(0.5, 2), Gen.Constant(1.0)) select (link, share),
        drawn =>
        {
            var (log, link) = (new ByteRate(drawn.link * drawn.share), new ByteRate(drawn.link));
            (Backlog.CatchUp(TimeSpan.FromHours(1), log, link) is null).ShouldBe(log >= link);
        });

    [Fact]
    public void More_copies_never_lose_all_of_them_more_often() => ForAll(
        from copies in Gen.Choose(1, 8)
        from rate in Between(0.001, 10)
        from down in Between(1e-6, 0.49)
        from common in Between(1e-6, 1)
        select (copies, rate, down, common),
        drawn => Lost(drawn.copies + 1, drawn.rate, drawn.down, drawn.common)
            .ShouldBeLessThanOrEqualTo(Lost(drawn.copies, drawn.rate, drawn.down, drawn.common) * (1 + 1e-12)));

    [Fact]
    public void Copies_are_never_lost_less_often_than_what_strikes_all_at_once() => ForAll(
        from copies in Gen.Choose(2, 8) from rate in Between(0.001, 10) from common in Between(1e-6, 1) select (copies, rate, common),
        drawn => Lost(drawn.copies, drawn.rate, 0.1, drawn.common).ShouldBeGreaterThanOrEqualTo(drawn.rate * drawn.common));

    [Fact]
    public void To_wait_for_one_more_never_takes_less() => ForAll(
        from times in Between(0.01, 500).NonEmptyListOf() from more in Between(0.01, 500) select (times, more),
        drawn =>
        {
            var times = drawn.times.Select(Milliseconds).ToArray();
            for (var k = 1; k <= times.Length; k++)
            {
                var time = CommitLatency.OrderStatistic(times, k);
                times.ShouldContain(time);
                times.Count(other => other <= time).ShouldBeGreaterThanOrEqualTo(k);
                time.ShouldBeGreaterThanOrEqualTo(k == 1 ? TimeSpan.Zero : CommitLatency.OrderStatistic(times, k - 1));
                // One standby more to choose from is never slower.
                CommitLatency.OrderStatistic([.. times, Milliseconds(drawn.more)], k).ShouldBeLessThanOrEqualTo(time);
            }
        });

    [Fact]
    public void To_need_one_more_never_makes_it_more_available_and_common_causes_are_the_cap() => ForAll(
        from n in Gen.Choose(2, 9) from down in Between(1e-9, 1) from common in Between(1e-6, 1) select (n, down, common),
        drawn =>
        {
            var (one, common) = (new Probability(1 - drawn.down), new Probability(drawn.common));
            for (var k = 1; k <= drawn.n; k++)
            {
                var available = Availability.AtLeast(k, drawn.n, one, common).Value;
                available.ShouldBeLessThanOrEqualTo(Availability.AtLeast(k - 1, drawn.n, one, common).Value + 1e-12);
                available.ShouldBeLessThanOrEqualTo(1 - (common.Value * one.Not.Value) + 1e-12);
                available.ShouldBeLessThanOrEqualTo(Availability.AtLeast(k, drawn.n + 1, one, common).Value + 1e-12, "one part more to choose from");
            }
        });

    [Fact]
    public void A_plan_can_be_made_of_any_facts_and_the_same_facts_give_the_same_plan() => ForAll(
        Systems,
        facts =>
        {
            var (plan, again) = (Planner.Plan(facts), Planner.Plan(facts));
            foreach (var (store, same) in plan.Stores.Zip(again.Stores))
            {
                store.Chosen.Candidate.ShouldBe(same.Chosen.Candidate);
                store.Changes.ShouldBe(same.Changes);
                store.Ladder.ShouldContain(store.Chosen);
                store.Chosen.Outcomes.Length.ShouldBe(Enum.GetValues<FailureKind>().Length);
                store.IsMet.ShouldBe(store.Changes.IsEmpty, "what is missed has a remedy, and only that");
            }
        });

    [Fact]
    public void What_is_chosen_is_the_cheapest_that_meets_every_objective_or_else_what_can_be_had_and_misses_the_fewest() => ForAll(
        Systems,
        facts =>
        {
            foreach (var plan in Planner.Plan(facts).Stores)
            {
                var all = plan.Setting.Candidates.Select(candidate => Assessment.Of(plan.Setting, candidate)).ToList();
                var meeting = all.Where(one => one.MeetsAll).ToList();
                plan.IsMet.ShouldBe(meeting.Count > 0);
                if (plan.IsMet)
                {
                    plan.Chosen.Costs.Total.ShouldBe(meeting.Select(one => one.Costs.Total).Min());
                }
                else if (all.Any(one => one.CanBeHad))
                {
                    plan.Chosen.CanBeHad.ShouldBeTrue();
                    plan.Chosen.Missed.Count().ShouldBe(all.Where(one => one.CanBeHad).Min(one => one.Missed.Count()));
                }
            }
        });

    /// <summary>But for what may be lost with a host: that is a setting as well, by which commits wait or a lease must end.</summary>
    [Fact]
    public void To_demand_less_never_makes_a_plan_miss_what_it_met() => ForAll(
        from facts in Systems from rpo in Between(0.001, 1e5) from rto in Between(0.001, 1e5) select (facts, rpo, rto),
        drawn =>
        {
            var relaxed = drawn.facts.EachStore(store => store with
            {
                Objectives = store.Objectives.ToImmutableObjectives((failure, asked) => new ObjectiveSpec(
                    failure == FailureKind.Host ? asked.Rpo : asked.Rpo + TimeSpan.FromSeconds(drawn.rpo), asked.Rto + TimeSpan.FromSeconds(drawn.rto))),
            });
            StillMet(drawn.facts, relaxed);
        });

    [Fact]
    public void A_shorter_and_thicker_link_never_makes_a_plan_miss_what_it_met() => ForAll(
        from facts in Systems from shorter in Between(0.01, 1) from thicker in Between(1, 100) select (facts, shorter, thicker),
        drawn => StillMet(drawn.facts, drawn.facts with
        {
            Links = [.. drawn.facts.Links.Select(link => link with
            {
                RoundTrip = Said(link.RoundTrip.Value * drawn.shorter), Line = Said(link.Line.Value * drawn.thicker),
            })],
        }));

    /// <summary>
    /// Of hours without service and hours of work lost together: of the first alone it does not hold, for a plan may trade the one for the other.
    /// </summary>
    [Fact]
    public void A_dearer_hour_never_leads_to_a_plan_with_more_hours_to_be_lost() => ForAll(
        from facts in Systems from damage in Pair(1, 1e6) select (facts, damage),
        drawn =>
        {
            var (cheap, dear) = (HoursLost(drawn.facts, drawn.damage.Less), HoursLost(drawn.facts, drawn.damage.More));
            foreach (var (before, after) in cheap.Zip(dear))
            {
                after.ShouldBeLessThanOrEqualTo(before * (1 + 1e-9));
            }
        });

    [Fact]
    public void Each_rung_of_the_ladder_that_follows_loses_no_less_with_a_site_than_the_one_above() => ForAll(
        Systems,
        facts =>
        {
            foreach (var store in facts.Stores)
            {
                var setting = new Setting(facts, store);
                DataPattern[] rungs = [DataPattern.StretchedQuorum, DataPattern.NearReceiver, DataPattern.Asynchronous, DataPattern.LogShipping];
                var losses = rungs.Select(rung => OrNever(LossBound.OfSite(setting, new Candidate(rung, 2, Readiness.Warm)).Time)).ToList();
                losses.ShouldBe(losses.Order());
            }
        });

    [Fact]
    public void To_enforce_the_rpo_never_loses_more() => ForAll(
        Systems,
        facts =>
        {
            foreach (var store in facts.Stores)
            {
                var follows = new Candidate(DataPattern.Asynchronous, 2, Readiness.Warm);
                var without = LossBound.OfSite(new Setting(facts, store), follows).Time;
                LossBound.OfSite(new Setting(facts, store with { EnforceRpo = Said(true) }), follows).Time!.Value
                    .ShouldBeLessThanOrEqualTo(without!.Value);
            }
        });

    private static TimeSpan Commit(double kilometres, DataPattern pattern)
    {
        var near = Propagation.RoundTrip(new RouteLength(kilometres), PlanDefaults.Equipment).TotalMilliseconds;
        var facts = pattern == DataPattern.NearReceiver ? ThreePlaces(near, 1000, Store()) : Apart(near, Store());
        return new Setting(facts, facts.Stores[0]).Commit(new Candidate(pattern, 2, Readiness.Warm));
    }

    private static ByteRate Carries(double kilometres, double megabits, double loss) => LinkCapacity.OfLog(
        ByteRate.OfMegabits(megabits), Propagation.RoundTrip(new RouteLength(kilometres)), PlanDefaults.Window.Value, new Probability(loss));

    private static double Lost(int copies, double rate, double down, double common) =>
        Durability.LossOfAll(copies, new YearlyRate(rate), Duration.Year * (down / rate), new Probability(common)).TimesAYear;

    private static void StillMet(PlanFacts before, PlanFacts after)
    {
        foreach (var (old, now) in Planner.Plan(before).Stores.Zip(Planner.Plan(after).Stores).Where(pair => pair.First.IsMet))
        {
            now.IsMet.ShouldBeTrue($"{PatternWords.Of(old.Chosen.Candidate)} met them; now {string.Join("; ", now.Changes)}");
        }
    }

    private static List<double> HoursLost(PlanFacts facts, double damage) =>
        [.. Planner.Plan(facts.EachStore(store => store with { Damage = Said(new Money(damage)) })).Stores
            .Select(plan => plan.Chosen.Costs.Damage.Amount / damage)];

    private static TimeSpan OrNever(TimeSpan? time) => time ?? TimeSpan.MaxValue;
}
