using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>Whole plans from facts that people have.</summary>
public sealed class PlannerTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly StoreFacts NothingLost = Store()
        .Asks(FailureKind.Host, TimeSpan.Zero, TimeSpan.FromSeconds(1)).Asks(FailureKind.Site, TimeSpan.Zero, Minute);
    private static readonly StoreFacts FiveSeconds = Store().Asks(FailureKind.Site, TimeSpan.FromSeconds(5), Minute);

    [Fact]
    public void Nothing_lost_with_a_site_six_milliseconds_away_is_a_stretched_quorum()
    {
        var plan = Plan(Apart(6, NothingLost));
        plan.IsMet.ShouldBeTrue(string.Join("; ", plan.Changes));
        plan.Chosen.Candidate.ShouldBe(new Candidate(DataPattern.StretchedQuorum, 2, Readiness.Hot));
        plan.Chosen.Commit.ShouldBe(Milliseconds(1 + 0.1 + 6 + 0.05 + 1), "own flush, its work, round trip, a handover, the other's flush");
        plan.Chosen.After(FailureKind.Site).Rpo.ShouldBe(TimeSpan.Zero);
        plan.Chosen.After(FailureKind.Site).Recovery!.Parts.Select(part => part.Part)
            .ShouldBe([RecoveryPart.Detect, RecoveryPart.Decide, RecoveryPart.Replay, RecoveryPart.Promote, RecoveryPart.Redirect, RecoveryPart.Verify]);
    }

    [Fact]
    public void Sixty_milliseconds_are_too_far_and_the_plan_names_the_distance_that_would_do()
    {
        var plan = Plan(Apart(60, NothingLost));
        plan.IsMet.ShouldBeFalse();
        var stretched = plan.Ladder.Single(rung => rung.Candidate.Pattern == DataPattern.StretchedQuorum);
        stretched.Gates.ShouldContain(gate => gate.What.Contains("a commit would take 62.2 ms, its budget is 10 ms"));
        plan.Changes.ShouldHaveSingleItem().ShouldContain("stretched quorum, hot, 2 + 1 members would do: a site within 7.85 ms: 781 km of fibre");
        // What it says is so.
        var nearer = Propagation.RoundTrip(new RouteLength(781), PlanDefaults.Equipment).TotalMilliseconds;
        Plan(Apart(nearer, NothingLost)).IsMet.ShouldBeTrue();
        Plan(Apart(nearer + 0.1, NothingLost)).IsMet.ShouldBeFalse();
    }

    [Fact]
    public void Nothing_takes_over_by_itself_without_a_witness()
    {
        var automatic = FiveSeconds with { AutomaticSiteFailover = Said(true) };
        var refused = Plan(Apart(60, automatic).WithoutWitness());
        refused.IsMet.ShouldBeFalse();
        refused.Changes.ShouldContain(change => change.Contains("a witness at a third place"));

        // Near enough for a stretched quorum, so that nothing else is in the way.
        var automatisms = Candidate.For(ClassTraits.Of(StoreClass.Relational)).Where(candidate => candidate.Readiness == Readiness.Hot || candidate.Pattern == DataPattern.StretchedQuorum)
            .Where(candidate => candidate.Pattern != DataPattern.NearReceiver).ToList();
        var (with, without) = (Apart(6, automatic), Apart(6, automatic).WithoutWitness());
        automatisms.ShouldAllBe(candidate => Assessment.Of(new Setting(with, with.Stores[0]), candidate).CanBeHad);
        automatisms.ShouldAllBe(candidate => !Assessment.Of(new Setting(without, without.Stores[0]), candidate).CanBeHad);

        var witnessed = Plan(Apart(60, automatic));
        witnessed.IsMet.ShouldBeTrue(string.Join("; ", witnessed.Changes));
        witnessed.Chosen.Candidate.Pattern.ShouldBe(DataPattern.Asynchronous);
        witnessed.Chosen.Candidate.Readiness.ShouldBe(Readiness.Hot);
    }

    [Fact]
    public void Nothing_takes_over_by_itself_that_may_not()
    {
        var plan = Plan(Apart(60, FiveSeconds));
        plan.IsMet.ShouldBeFalse();
        plan.Changes.ShouldContain(change => change.Contains("automatic-site-failover: true"));
    }

    [Fact]
    public void Without_a_second_site_the_loss_of_one_is_not_covered_and_the_plan_says_what_is_missing()
    {
        var plan = Plan(Alone(FiveSeconds));
        plan.IsMet.ShouldBeFalse();
        plan.Chosen.After(FailureKind.Site).IsCovered.ShouldBeFalse();
        plan.Chosen.After(FailureKind.Site).Verdict.ShouldBe(Verdict.Missed);
        plan.Changes.ShouldContain(change => change.Contains("a second site"));
        plan.Link.ShouldBeNull();
    }

    [Fact]
    public void A_line_that_is_too_thin_never_catches_up_and_the_plan_says_which_would_do()
    {
        var thin = Apart(6, Store().Writes(20e6)).WithLine(100);
        var gate = Assess(thin, DataPattern.Asynchronous, Readiness.Warm).Gates.Single(gate => gate.What.Contains("would never catch up"));
        var megabits = double.Parse(Regex.Match(gate.Change, @"a line of at least ([0-9.]+) Mbit/s").Groups[1].Value, CultureInfo.InvariantCulture);
        megabits.ShouldBeGreaterThan(160, "what is written, in bits");
        Assess(thin.WithLine(megabits), DataPattern.Asynchronous, Readiness.Warm).CanBeHad.ShouldBeTrue();
        new Setting(thin, thin.Stores[0]).Utilisation.ShouldBe(20 / (12.5 * 0.94127), 0.001);
    }

    [Fact]
    public void After_a_cut_all_stores_catch_up_at_once_however_little_one_of_them_writes()
    {
        var facts = Apart(6, Store().Writes(1e6).Asks(FailureKind.Site, Minute, Day), Store(name: "other").Writes(8.41e6)).WithLine(80);
        var link = Plan(facts).Link!;
        link.Utilisation.ShouldBe(9.41 / 9.413, 0.001);
        link.CatchUp!.Value.ShouldBeGreaterThan(link.Outage * 100);
    }

    [Fact]
    public void Of_a_window_each_store_has_its_own()
    {
        // 3 MiB each 100 ms are 31 MB/s: two stores with 20 MB/s each need two windows and one line.
        var facts = Apart(100, Store().Writes(20e6), Store(name: "other").Writes(20e6));
        var follows = Assess(facts, DataPattern.Asynchronous, Readiness.Warm);
        follows.CanBeHad.ShouldBeTrue();
        follows.After(FailureKind.Site).Rpo!.Value.ShouldBeLessThan(TimeSpan.FromSeconds(1), "what one writes does not make the other fall behind");
        Assess(Apart(100, Store().Writes(40e6)), DataPattern.Asynchronous, Readiness.Warm).Gates
            .ShouldHaveSingleItem().Change.ShouldStartWith("a window of at least 5 MB");
    }

    [Fact]
    public void A_link_that_others_have_filled_is_a_gate_and_no_crash()
    {
        var plan = Planner.Plan(Apart(6, FiveSeconds, Store(name: "flood").Writes(200e6)));
        plan.Stores.ShouldAllBe(store => store.Ladder.First(rung => rung.Candidate.Pattern == DataPattern.Asynchronous).Gates.Length > 0);
    }

    [Fact]
    public void With_enforce_rpo_commits_wait_rather_than_more_being_lost()
    {
        var bursty = FiveSeconds.Writes(0.5e6, 3e6);
        var thin = Apart(6, bursty).WithLine(10);
        var free = Assess(thin, DataPattern.Asynchronous, Readiness.Warm).After(FailureKind.Site);
        free.Rpo!.Value.TotalSeconds.ShouldBe(600 * ((3 / (1.25 * 0.94127)) - 1), 1);

        var held = Assess(Apart(6, bursty with { EnforceRpo = Said(true) }).WithLine(10), DataPattern.Asynchronous, Readiness.Warm)
            .After(FailureKind.Site);
        held.Rpo.ShouldBe(TimeSpan.FromSeconds(5));
        held.LossWhy.ShouldContain("enforce-rpo");
    }

    [Fact]
    public void A_commit_that_waits_for_the_other_site_stands_in_line_in_a_peak_that_the_line_does_not_carry()
    {
        var thin = Apart(6, NothingLost.Writes(0.5e6, 3e6)).WithLine(10);
        Assess(thin, DataPattern.StretchedQuorum, Readiness.Hot).Gates.ShouldContain(gate => gate.What.Contains("commits would wait"));
        Assess(thin.WithLine(100), DataPattern.StretchedQuorum, Readiness.Hot).CanBeHad.ShouldBeTrue();
    }

    [Fact]
    public void Shipped_log_falls_behind_in_a_peak_as_streamed_log_does()
    {
        var thin = Apart(6, Store().Writes(0.5e6, 3e6)).WithLine(10);
        var (shipped, streamed) = (Assess(thin, DataPattern.LogShipping, Readiness.Warm), Assess(thin, DataPattern.Asynchronous, Readiness.Warm));
        shipped.After(FailureKind.Site).Rpo!.Value.ShouldBeGreaterThan(streamed.After(FailureKind.Site).Rpo!.Value);
    }

    [Fact]
    public void A_cache_has_no_stretched_quorum_and_nobody_advises_one()
    {
        var plan = Plan(Apart(1, Store(StoreClass.Cache).Asks(FailureKind.Site, TimeSpan.Zero, Minute)));
        plan.IsMet.ShouldBeFalse();
        plan.Ladder.Single(rung => rung.Candidate.Pattern == DataPattern.StretchedQuorum).Gates.ShouldContain(gate => gate.IsFinal);
        plan.Changes.ShouldNotBeEmpty();
        plan.Changes.ShouldAllBe(change => !change.Contains("stretched"));
    }

    [Fact]
    public void A_primary_of_a_cache_that_is_cut_off_may_lose_as_much_as_its_lease_is_long()
    {
        var host = Assess(Apart(1, Store(StoreClass.Cache)), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.Host);
        host.Rpo.ShouldBe(PlanDefaults.Lease.Value);
        host.Recovery!.Parts.ShouldContain(part => part.Part == RecoveryPart.Fence);
        Assess(Apart(1, Store()), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.Host).Recovery!.Parts
            .ShouldNotContain(part => part.Part == RecoveryPart.Fence);
    }

    [Fact]
    public void A_quorum_that_needs_a_majority_is_stretched_over_three_places_and_not_over_two()
    {
        var secrets = Store(StoreClass.Secrets).Asks(FailureKind.Site, TimeSpan.Zero, Minute);
        AssessSpread(Apart(2, secrets)).Gates
            .ShouldContain(gate => gate.What.Contains("a majority of the members would be at the active site"));
        var three = AssessSpread(ThreePlaces(2, 6, secrets));
        three.CanBeHad.ShouldBeTrue();
        three.Commit.ShouldBe(Milliseconds(1 + 0.1 + 2 + 0.05 + 1), "the own place and the nearer of the two others are the majority");
        AssessSpread(ThreePlaces(2, 9, secrets)).Gates
            .ShouldContain(gate => gate.What.Contains("more than 8 ms"));
    }

    [Fact]
    public void A_quorum_over_three_places_is_called_what_it_is_and_paid_for_as_what_it_is()
    {
        var secrets = Store(StoreClass.Secrets).Asks(FailureKind.Host, TimeSpan.Zero, Minute).Asks(FailureKind.Site, TimeSpan.Zero, Minute);
        var facts = ThreePlaces(2, 6, secrets);
        var plan = Plan(facts with { Links = [.. facts.Links.Select((link, at) => link with { Price = Said(new Money(at == 0 ? 70 : at == 1 ? 500 : 9)) })] });

        plan.IsMet.ShouldBeTrue(string.Join("; ", plan.Changes));
        PatternWords.Of(plan.Chosen.Candidate).ShouldBe("stretched quorum, hot, 1 + 1 + 1 members");
        plan.Chosen.Candidate.Copies.ShouldBe(3);
        plan.Chosen.Costs.Hosts.Amount.ShouldBe(3 * 350 * 12);
        plan.Chosen.Costs.Line.Amount.ShouldBe((70 + 500 + 9) * 12, 0.01, "from here to both places, and between them for when this one is lost");
        plan.Chosen.Costs.Disks.Amount.ShouldBe(((3 * 100) + 17.18) * 0.1 * 12, 0.1);
        plan.Chosen.After(FailureKind.Host).Recovery!.Parts.ShouldNotContain(part => part.Part == RecoveryPart.Provision, "a member elsewhere takes over");
    }

    [Fact]
    public void A_quorum_over_three_places_of_which_two_are_in_the_lost_region_is_no_majority_any_more()
    {
        var facts = ThreePlaces(2, 6, Store(StoreClass.Secrets));
        var together = AssessSpread(facts).After(FailureKind.Region);
        together.Rpo!.Value.ShouldBeGreaterThan(TimeSpan.Zero, "commits waited for the near place, and it is lost, too");
        together.Rto!.Value.ShouldBeGreaterThan(PlanDefaults.Times.Operator.Value, "one of three has no majority: somebody decides");

        var apart = AssessSpread(facts with { Sites = [Here, Near with { Region = "east" }, There] }).After(FailureKind.Region);
        apart.Rpo.ShouldBe(TimeSpan.Zero);
        apart.Rto!.Value.ShouldBeLessThan(Minute);
    }

    [Fact]
    public void A_receiver_is_paid_for_with_the_line_between_it_and_the_other_site()
    {
        var facts = ThreePlaces(1, 60, Store());
        var lines = facts with { Links = [.. facts.Links.Select((link, at) => link with { Price = Said(new Money(at == 0 ? 70 : at == 1 ? 500 : 9)) })] };
        Assess(lines, DataPattern.NearReceiver, Readiness.Warm).Costs.Line.Amount.ShouldBe((70 + 500 + 9) * 12, 0.01);
        Assess(lines, DataPattern.Asynchronous, Readiness.Warm).Costs.Line.Amount.ShouldBe(500 * 12, 0.01);
    }

    [Fact]
    public void A_standby_here_replays_what_a_peak_left_before_it_takes_over_as_one_elsewhere_does()
    {
        static TimeSpan Replay(StoreFacts store, FailureKind failure) =>
            Assess(Apart(1, store), DataPattern.Asynchronous, Readiness.Hot).After(failure).Recovery!.Parts.Single(part => part.Part == RecoveryPart.Replay).Time;

        var calm = Store().Writes(10e6, 25e6);
        Replay(calm, FailureKind.Host).ShouldBe(TimeSpan.FromSeconds(0.5), "a second's log at 50 MB/s");
        Replay(calm, FailureKind.Process).ShouldBe(Replay(calm, FailureKind.Site));
        Replay(Store().Writes(10e6, 75e6), FailureKind.Host).ShouldBe(TimeSpan.FromSeconds(1.5 + 300), "and half of ten minutes");
    }

    [Fact]
    public void A_standby_here_that_replays_less_than_is_written_never_catches_up_either()
    {
        var flood = Store().Writes(60e6);
        Assess(Alone(flood), DataPattern.LocalQuorum, Readiness.None).Gates.ShouldHaveSingleItem()
            .Change.ShouldStartWith("standbys that replay at least 75 MB/s");
        Assess(Alone(flood), DataPattern.LocalQuorum, Readiness.None, members: 1).CanBeHad.ShouldBeTrue();
    }

    [Fact]
    public void Messages_of_a_broker_are_in_no_backup()
    {
        var facts = Apart(2, Store(StoreClass.Broker)).WithOffSiteBackup();
        var backup = Assess(facts, DataPattern.Backup, Readiness.Cold, members: 3);
        backup.CanBeHad.ShouldBeFalse();
        // All that is in it, 100 GB, came in within as long as 1 MB/s takes for that.
        backup.After(FailureKind.Site).Rpo.ShouldBe(TimeSpan.FromSeconds(100_000));
        backup.After(FailureKind.OperatorError).Rpo.ShouldBe(TimeSpan.FromSeconds(100_000));
    }

    [Fact]
    public void A_repository_elsewhere_is_enough_where_hours_are()
    {
        var patient = Store().Asks(FailureKind.Site, TimeSpan.FromMinutes(5), TimeSpan.FromHours(8));
        var facts = Apart(6, patient).WithOffSiteBackup() with { Sites = [Here, There with { Region = Here.Region }] };
        var plan = Plan(facts);
        plan.IsMet.ShouldBeTrue();
        plan.Chosen.Candidate.Pattern.ShouldBe(DataPattern.Backup);
        plan.Chosen.After(FailureKind.Site).Recovery!.Parts.Select(part => part.Part).ShouldContain(RecoveryPart.Restore);
        Plan(facts with { Backup = PlanDefaults.Backup }).Chosen.Candidate.Pattern.ShouldNotBe(DataPattern.Backup);
    }

    [Fact]
    public void A_receiver_nearby_loses_nothing_with_the_site_and_what_was_under_way_with_the_region()
    {
        var facts = ThreePlaces(1, 60, Store());
        var near = Assess(facts, DataPattern.NearReceiver, Readiness.Warm);
        near.CanBeHad.ShouldBeTrue();
        near.Commit.ShouldBe(Milliseconds(1 + 0.1 + 1 + 0.05 + 1));
        near.After(FailureKind.Site).Rpo.ShouldBe(TimeSpan.Zero);
        near.After(FailureKind.Region).Rpo.ShouldBe(Assess(facts, DataPattern.Asynchronous, Readiness.Warm).After(FailureKind.Region).Rpo);
        near.After(FailureKind.Region).Rpo!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        near.After(FailureKind.Link).Rto!.Value.ShouldBeGreaterThan(TimeSpan.Zero, "commits wait until the group has shrunk");
        Assess(Apart(60, Store()), DataPattern.NearReceiver, Readiness.Warm).CanBeHad.ShouldBeFalse();
    }

    [Fact]
    public void A_region_that_takes_the_witness_with_it_leaves_nobody_who_decides_by_himself()
    {
        var apart = Apart(60, Store() with { AutomaticSiteFailover = Said(true) });
        var together = apart with { Sites = [Here, There, Third with { Region = Here.Region }] };
        Assess(apart, DataPattern.Asynchronous, Readiness.Hot).After(FailureKind.Region).Rto!.Value.ShouldBeLessThan(Minute);
        Assess(together, DataPattern.Asynchronous, Readiness.Hot).After(FailureKind.Region).Rto!.Value
            .ShouldBeGreaterThan(PlanDefaults.Times.Operator.Value);
        Assess(together, DataPattern.Asynchronous, Readiness.Hot).After(FailureKind.Site).Rto!.Value.ShouldBeLessThan(Minute);
    }

    [Fact]
    public void What_is_in_one_region_only_is_lost_with_it()
    {
        var facts = Apart(6, Store()) with { Sites = [Here, There with { Region = Here.Region }, Third] };
        Assess(facts, DataPattern.StretchedQuorum, Readiness.Hot).After(FailureKind.Region).IsCovered.ShouldBeFalse();
        var elsewhere = facts with { Backup = facts.Backup with { OffSite = Said(true), OffRegion = Said(true) } };
        Assess(elsewhere, DataPattern.StretchedQuorum, Readiness.Hot).After(FailureKind.Region).Rpo
            .ShouldBe(PlanDefaults.Backup.ArchiveTimeout.Value);
    }

    [Fact]
    public void Too_few_connections_are_a_gate_that_says_how_many_there_must_be()
    {
        var busy = Store() with { Commits = Said(5030.0), Connections = Said(20.0) };
        var gate = Assess(Apart(6, busy), DataPattern.StretchedQuorum, Readiness.Hot).Gates.ShouldHaveSingleItem();
        gate.Change.ShouldStartWith("at least 41 connections"); // 5030 a second × 8.15 ms
        Assess(Apart(6, busy with { Connections = Said(42.0) }), DataPattern.StretchedQuorum, Readiness.Hot).CanBeHad.ShouldBeTrue();
    }

    /// <summary>Enforced, the objective of a site is a setting as well, and what is lost with a region follows it.</summary>
    [Fact]
    public void To_demand_less_of_a_site_may_lose_more_with_a_region_where_the_rpo_is_enforced()
    {
        static TimeSpan Region(double siteRpo) => Assess(
            Apart(6, Store().Writes(0.5e6, 3e6).Asks(FailureKind.Site, TimeSpan.FromSeconds(siteRpo), Minute) with { EnforceRpo = Said(true) })
                .WithLine(10),
            DataPattern.Asynchronous, Readiness.Warm).After(FailureKind.Region).Rpo!.Value;
        Region(2).ShouldBe(TimeSpan.FromSeconds(2));
        Region(5).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void What_runs_is_given_no_pattern_that_Holdfast_does_not_run()
    {
        var plan = Plan(Apart(1, NothingLost with { Running = Runs((Here.Name, 2), (There.Name, 1)) }));
        plan.Ladder.Where(rung => rung.Candidate.Pattern is DataPattern.StretchedQuorum or DataPattern.NearReceiver)
            .ShouldAllBe(rung => rung.IsOutOfReach);
        plan.Chosen.Candidate.Pattern.ShouldNotBe(DataPattern.StretchedQuorum);
        Plan(Apart(1, NothingLost)).Chosen.Candidate.Pattern.ShouldBe(DataPattern.StretchedQuorum, "of what does not run yet, another product may");
    }

    [Fact]
    public void Fewer_members_than_planned_are_named()
    {
        var store = Store().Asks(FailureKind.Host, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Plan(Alone(store)).Lacks.ShouldBeNull("nothing runs yet");
        Plan(Alone(store with { Running = Runs((Here.Name, 2)) })).Lacks.ShouldBeNull();
        Plan(Alone(store with { Running = Runs((Here.Name, 1)) })).Lacks.ShouldBe("1 at here runs now: the plan is 2 at here");
    }

    private static ImmutableSortedDictionary<string, int> Runs(params (string Site, int Members)[] all) =>
        all.ToImmutableSortedDictionary(one => one.Site, one => one.Members);

}
