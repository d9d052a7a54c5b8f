using System.Collections.Immutable;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning;

/// <summary>A plan promises what the product does, and no more than what there is.</summary>
public sealed class HonestyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void Where_something_may_be_lost_with_a_host_a_lease_has_to_do_and_the_plan_says_so()
    {
        var plan = Plan(Alone(Store().Asks(FailureKind.Host, Minute, Minute)));

        plan.Chosen.Candidate.Leased.ShouldBeTrue();
        PatternWords.Of(plan.Chosen.Candidate).ShouldEndWith(", leased");
        plan.Chosen.After(FailureKind.Host).Rpo.ShouldBe(PlanDefaults.Lease.Value);
        plan.Chosen.After(FailureKind.Host).Recovery!.Parts.ShouldContain(part => part.Part == RecoveryPart.Fence && part.Time == PlanDefaults.Lease.Value);
        plan.Chosen.Commit.ShouldBe(Milliseconds(1.1), "its own flush and its work: it waits for nobody");
    }

    [Fact]
    public void A_lease_that_takes_too_long_is_opened_by_a_loss_of_nothing()
    {
        var impatient = Store().Asks(FailureKind.Host, Minute, 2 * Second);
        Plan(Alone(impatient)).Changes.ShouldHaveSingleItem().ShouldContain("would do: host-loss.rpo: 0s");
        Plan(Alone(impatient.Asks(FailureKind.Host, TimeSpan.Zero, 2 * Second))).IsMet.ShouldBeTrue();
    }

    [Theory]
    [InlineData(StoreClass.Relational, 9, false)] // less than two leases: the product refuses such a file
    [InlineData(StoreClass.Relational, 10, true)]
    [InlineData(StoreClass.Secrets, 60, false)] // its majority has every commit, whatever may be lost
    public void Only_a_product_that_can_goes_by_a_lease(StoreClass kind, double rpo, bool leased) =>
        Plan(Alone(Store(kind).Asks(FailureKind.Host, TimeSpan.FromSeconds(rpo), Day))).Chosen.Candidate.Leased.ShouldBe(leased);

    [Fact]
    public void A_copy_that_lags_loses_its_lag_when_the_primary_reads_nonsense()
    {
        static Outcome Corrupt(Readiness ready, int members, StoreFacts? store = null) =>
            Assess(Apart(60, store ?? Store()), DataPattern.Asynchronous, ready, members).After(FailureKind.Corruption);

        Corrupt(Readiness.Warm, 2).Rpo.ShouldBe(TimeSpan.Zero, "a member here had flushed each commit");
        Corrupt(Readiness.Warm, 2).LossWhy.ShouldContain("a backup must serve");
        var follows = Assess(Apart(60, Store()), DataPattern.Asynchronous, Readiness.Warm, 1);
        Corrupt(Readiness.Warm, 1).Rpo.ShouldBe(follows.After(FailureKind.Site).Rpo);
        Corrupt(Readiness.PilotLight, 1).Recovery!.Parts.ShouldContain(part => part.Part == RecoveryPart.Provision);
        Assess(Apart(60, Store()), DataPattern.LogShipping, Readiness.Warm, 1).After(FailureKind.Corruption).Rpo!.Value
            .ShouldBeGreaterThanOrEqualTo(PlanDefaults.Backup.ArchiveTimeout.Value);
        Corrupt(Readiness.Warm, 2, Store(StoreClass.Cache)).Rpo!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void A_repository_over_a_line_that_does_not_carry_the_log_has_no_rpo()
    {
        var facts = Apart(6, Store().Writes(2e6)).WithLine(10).WithOffSiteBackup();
        var backup = Assess(facts, DataPattern.Backup, Readiness.Cold);
        backup.After(FailureKind.Site).Rpo.ShouldBeNull();
        backup.Gates.ShouldContain(gate => gate.What.Contains("the repository would never have all of it") && gate.Change.StartsWith("a line of at least"));
        var wide = Assess(facts.WithLine(1000), DataPattern.Backup, Readiness.Cold);
        (wide.CanBeHad, wide.After(FailureKind.Site).Rpo).ShouldBe((true, PlanDefaults.Backup.ArchiveTimeout.Value));
    }

    [Fact]
    public void Without_a_log_a_backup_is_as_old_as_its_beginning_and_the_next_one_takes_its_time_too()
    {
        // 100 GB at 150 MB/s.
        var run = TimeSpan.FromSeconds(100_000 / 150.0);
        var cache = Assess(Alone(Store(StoreClass.Cache)), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.OperatorError);
        cache.Rpo!.Value.TotalSeconds.ShouldBe((Day + run).TotalSeconds, 0.01);

        var large = Store(StoreClass.Cache) with { Size = Said(new ByteCount(150e6 * 100_000)) };
        Assess(Alone(large), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.OperatorError).Rpo!.Value.TotalSeconds
            .ShouldBe(200_000, 0.01, "a run is longer than the interval: one follows another");
    }

    [Fact]
    public void A_store_that_runs_without_backups_is_not_brought_back_from_any()
    {
        var bare = Store().Asks(FailureKind.OperatorError, Minute, Day) with { HasBackup = Said(false), Running = Runs((Here.Name, 2)) };
        var plan = Plan(Alone(bare));

        plan.IsMet.ShouldBeFalse();
        plan.Chosen.After(FailureKind.OperatorError).IsCovered.ShouldBeFalse();
        plan.Chosen.After(FailureKind.Corruption).Rpo.ShouldBe(TimeSpan.Zero, "another member is there");
        plan.Chosen.Costs.Repository.ShouldBe(Money.Zero);
        plan.Changes.ShouldHaveSingleItem().ShouldContain("would do: a backup: stores.orders.backup");
        Plan(Alone(bare with { HasBackup = Said(true) })).IsMet.ShouldBeTrue();
    }

    [Fact]
    public void Its_own_backups_are_what_a_store_is_restored_from()
    {
        var hourly = PlanDefaults.Backup with { ArchiveTimeout = Said(TimeSpan.FromSeconds(7)), OffSite = Said(true) };
        var facts = Apart(6, Store() with { Backup = hourly });
        Assess(facts, DataPattern.Backup, Readiness.Cold).CanBeHad.ShouldBeTrue();
        Assess(facts, DataPattern.Backup, Readiness.Cold).After(FailureKind.Site).Rpo.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void A_queue_that_stops_writes_when_it_is_full_is_down_as_long_as_the_link_is()
    {
        var stops = Store().Writes(1e6) with { StopsWhenFull = Said(true), Queue = Said(new ByteCount(1e9)) };
        static Outcome Cut(StoreFacts store) => Assess(Apart(6, store), DataPattern.Asynchronous, Readiness.Warm).After(FailureKind.Link);

        Cut(stops).Rto.ShouldBe(PlanDefaults.Outage.Value);
        Cut(stops).Recovery!.Parts.ShouldHaveSingleItem().Part.ShouldBe(RecoveryPart.Wait);
        Cut(stops with { Queue = Said(new ByteCount(1e12)) }).Rto.ShouldBe(TimeSpan.Zero, "it lasts longer than the outage");
        Cut(stops with { StopsWhenFull = Said(false) }).Rto.ShouldBe(TimeSpan.Zero, "the queue is given up");
    }

    [Fact]
    public void A_commit_that_waits_elsewhere_is_fetched_from_there_when_the_host_is_lost()
    {
        var near = Assess(ThreePlaces(50, 60, Store()), DataPattern.NearReceiver, Readiness.Warm);
        var local = Assess(Alone(Store()), DataPattern.LocalQuorum, Readiness.None);
        static TimeSpan Replay(Assessment one) => one.After(FailureKind.Host).Recovery!.Parts.Single(part => part.Part == RecoveryPart.Replay).Time;

        Replay(near).ShouldBe(Replay(local) + Milliseconds(50));
        near.After(FailureKind.Host).LossWhy.ShouldContain("elsewhere");
        // With one member here there is still the receiver that each commit waits for, and waiting for it takes its time.
        Assess(ThreePlaces(50, 60, Store()), DataPattern.NearReceiver, Readiness.Warm, 1).Commit.ShouldBe(near.Commit);
    }

    [Fact]
    public void A_site_of_another_store_is_no_place_of_this_one()
    {
        var facts = ThreePlaces(1, 60, Store() with { ActiveSite = Here.Name, Running = Runs((Here.Name, 2), (Near.Name, 1)) });
        new Setting(facts, facts.Stores[0]).Other.ShouldBe(Near);
        new Setting(facts, facts.Stores[0]).Near.ShouldBeNull();
        var alone = facts with { Stores = [Store() with { Running = Runs((Here.Name, 2)) }] };
        new Setting(alone, alone.Stores[0]).Other.ShouldBeNull();
    }

    [Fact]
    public void Where_a_site_goes_on_alone_somebody_must_stop_it_before_the_other_writes()
    {
        static RecoveryTime Lost(bool goesOn) => Assess(
            Apart(6, Store() with { GoesOnAlone = Said(goesOn) }), DataPattern.Asynchronous, Readiness.Warm).After(FailureKind.Site).Recovery!;

        Lost(true).Parts.Single(part => part.Part == RecoveryPart.Fence).Time.ShouldBe(PlanDefaults.Times.Fence.Value);
        Lost(false).Parts.ShouldNotContain(part => part.Part == RecoveryPart.Fence);
    }

    [Fact]
    public void Every_way_back_ends_when_it_has_been_seen_to_serve()
    {
        var facts = Apart(6, Store());
        foreach (var one in new[] { Assess(facts, DataPattern.Asynchronous, Readiness.Warm), Assess(facts, DataPattern.Backup, Readiness.Cold) })
        {
            one.Outcomes.Where(outcome => outcome.Failure != FailureKind.Link && outcome.Recovery is not null)
                .ShouldAllBe(outcome => outcome.Recovery!.Parts.Last().Part == RecoveryPart.Verify);
        }

        Assess(Alone(Store()), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.OperatorError).Recovery!.Parts
            .ShouldContain(part => part.Part == RecoveryPart.Verify && part.Time == PlanDefaults.Times.Verify.Value, "somebody looks before clients are let in");
    }

    [Fact]
    public void What_a_line_leaves_behind_is_mended_by_a_line()
    {
        var facts = Apart(6, Store().Writes(0.5e6, 3e6).Asks(FailureKind.Site, 5 * Second, Day)).WithLine(10);
        var change = Plan(facts).Changes.ShouldHaveSingleItem();
        change.ShouldContain("would do: a line of at least 31.9 Mbit/s");
        Plan(facts.WithLine(31.9)).IsMet.ShouldBeTrue();
    }

    [Fact]
    public void A_region_that_is_lost_may_be_brought_back_from_a_repository_in_another()
    {
        var facts = Apart(6, Store().Asks(FailureKind.Region, TimeSpan.FromMinutes(5), Day)) with { Sites = [Here, There with { Region = Here.Region }] };
        Plan(facts).Changes.ShouldContain(change => change.Contains("planning.backup.off-region: true"));
        Plan(facts with { Backup = facts.Backup with { OffSite = Said(true), OffRegion = Said(true) } }).IsMet.ShouldBeTrue();
    }

    [Fact]
    public void What_has_no_part_in_a_miss_is_not_advised()
    {
        // Its lease is the loss: no backup has to do with it.
        var cache = Store(StoreClass.Cache).Asks(FailureKind.Host, Second, Minute);
        Assess(Alone(cache), DataPattern.LocalQuorum, Readiness.None).After(FailureKind.Host).LossChange.ShouldBe("a shorter timing.lease");
        Plan(Alone(cache)).Changes.ShouldAllBe(change => !change.Contains("backup interval"));
        // On its way: nothing that is declared would make it less.
        Plan(Apart(60, Store(StoreClass.Cache).Asks(FailureKind.Site, TimeSpan.Zero, Day))).Changes
            .ShouldAllBe(change => !change.Contains("backup") && !change.Contains("timing.lease"));
    }

    [Fact]
    public void A_pattern_that_cannot_be_had_at_all_gives_no_bound_and_is_not_chosen()
    {
        var cluster = Store(StoreClass.KubernetesState);
        var three = AssessSpread(ThreePlaces(2, 6, cluster)).After(FailureKind.Region);
        three.LossWhy.ShouldContain("the one member that is left");
        three.Rpo.ShouldBe(Milliseconds(3 + 0.1 + 1), "half a round trip, its work and its flush: no ledger, for nothing follows elsewhere");
        Plan(Apart(6, cluster with { Flush = Said(Second), Commits = Said(1e6) })).Chosen.IsOutOfReach.ShouldBeFalse();
    }

    [Theory]
    [InlineData(3600.4, 3600, "60.01 min")]
    [InlineData(3600, 3600, "60 min")]
    [InlineData(5.0004, 5, "5.0004 s")]
    [InlineData(7.5, 5, "7.5 s")]
    public void What_misses_by_little_is_told_with_digits_enough_to_see_it(double found, double asked, string text) =>
        QuantityText.Beside(TimeSpan.FromSeconds(found), TimeSpan.FromSeconds(asked)).ShouldBe(text);

    [Theory]
    [InlineData(3671, "61.2 min")]
    [InlineData(1.0001, "1.01 s")]
    [InlineData(60, "60 s")]
    public void What_would_have_to_be_allowed_is_never_less_than_it_is(double seconds, string text) =>
        QuantityText.AtLeast(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    private static ImmutableSortedDictionary<string, int> Runs(params (string Site, int Members)[] all) =>
        all.ToImmutableSortedDictionary(one => one.Site, one => one.Members);
}
