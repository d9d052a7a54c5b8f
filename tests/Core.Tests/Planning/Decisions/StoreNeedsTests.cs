using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>What follows for disks from the pattern that was chosen.</summary>
public sealed class StoreNeedsTests
{
    private static readonly DecisionFacts Asked = new()
    {
        Kubernetes = new SourcedFacts<KubernetesFacts>(new KubernetesFacts()),
        Cloud = new SourcedFacts<CloudFacts>(new CloudFacts()),
        Storage = new SourcedFacts<StorageFacts>(new StorageFacts()),
    };

    private static readonly StoreFacts Strict = Plans.Store().Asks(FailureKind.Host, TimeSpan.Zero, TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(10)]
    public void With_flushes_that_take_their_whole_budget_a_commit_takes_its_whole_budget(double budget)
    {
        var store = Strict with { CommitBudget = Plans.Said(Plans.Milliseconds(budget)), Flush = Plans.Said(Plans.Milliseconds(0.1)) };
        var plan = Plans.Plan(Plans.Alone(store));
        var needs = StoreNeeds.Of(plan, new StorageFacts());

        (needs.Members, needs.Synchronous, needs.LocalFlush).ShouldBe((plan.Chosen.Candidate.LocalMembers, true, store.Flush));
        needs.Members.ShouldBeGreaterThan(1);
        var slow = new Setting(Plans.Alone(store with { Flush = needs.FlushBudget }), store with { Flush = needs.FlushBudget });
        slow.Commit(plan.Chosen.Candidate).TotalMilliseconds.ShouldBe(budget, 0.001);
    }

    /// <summary>The same flash disk is no slower in the host than behind a network.</summary>
    [Fact]
    public void Where_nobody_says_what_a_flush_takes_it_is_the_same_device_here_and_in_the_cluster()
    {
        var disks = new StorageFacts { CephHosts = 5 };
        var found = DatabaseStorage.Of(disks, StoreNeeds.Of(Plans.Plan(Plans.Alone(Strict)), disks));
        var local = found.Figures.Single(one => one.Layout.IsLocal).Flush;

        local.ShouldBe(disks.PerformanceFlush);
        found.Figures.Where(one => !one.Layout.IsLocal).ShouldAllBe(one => one.Flush > local);
    }

    [Fact]
    public void A_single_member_waits_for_its_own_flush_alone()
    {
        var store = Plans.Store() with { CommitBudget = Plans.Said(Plans.Milliseconds(5)), Damage = Plans.Said(Core.Planning.Quantities.Money.Zero) };
        var plan = Plans.Plan(Plans.Alone(store));
        var needs = StoreNeeds.Of(plan, new StorageFacts());

        (plan.Chosen.Candidate.LocalMembers, needs.Members, needs.Synchronous).ShouldBe((1, 1, false));
        needs.FlushBudget.Value.ShouldBe(Plans.Milliseconds(5) - store.Work.Value);
        needs.FlushBudget.Source.ShouldBe(FactSource.Derived);
        needs.FlushBudget.Origin.ShouldContain("5 ms");
    }

    [Fact]
    public void A_budget_that_the_way_alone_uses_up_leaves_none_for_a_flush()
    {
        var store = Strict with { CommitBudget = Plans.Said(Plans.Milliseconds(0.1)) };

        StoreNeeds.Of(Plans.Plan(Plans.Alone(store)), new StorageFacts()).FlushBudget.Value.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Decisions_are_made_where_they_are_asked_for_and_disks_are_found_for_relational_stores()
    {
        StoreFacts[] stores = [Strict, Plans.Store(StoreClass.Cache, "sessions"), Plans.Store(name: "archive")];
        var plan = Planner.Plan(Plans.Alone(stores) with { Decisions = Asked });

        plan.Decisions.Kubernetes.ShouldNotBeNull();
        plan.Decisions.Cloud.ShouldNotBeNull();
        plan.Decisions.Storage.Select(storage => storage.Store.Name).ShouldBe(["orders", "archive"]);
        plan.Decisions.OfStore("archive").Storage.ShouldHaveSingleItem().Store.Name.ShouldBe("archive");
        plan.Decisions.OfStore("archive").Cloud.ShouldBeNull();
        Planner.Plan(Plans.Alone(stores)).Decisions.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_decision_never_misses_an_objective()
    {
        var cloud = new CloudFacts { RequiredAvailability = new(0.9999999) };
        var facts = Plans.Alone(Strict);
        var plan = Planner.Plan(facts with { Decisions = Asked with { Cloud = new SourcedFacts<CloudFacts>(cloud) } });

        plan.Decisions.Cloud!.Decision.Chosen.ShouldBeNull();
        plan.IsMet.ShouldBe(Planner.Plan(facts).IsMet);
        plan.IsMet.ShouldBeTrue();
    }

    [Fact]
    public void Every_fact_is_in_the_table_of_numbers_once()
    {
        var rows = FactTable.Of(Plans.Alone(Strict) with { Decisions = Asked }).ToList();

        rows.Count(row => row.Of == "kubernetes").ShouldBe(Settable(typeof(KubernetesFacts)));
        rows.Count(row => row.Of == "cloud").ShouldBe(Settable(typeof(CloudFacts)));
        rows.Count(row => row.Of == "storage").ShouldBe(Settable(typeof(StorageFacts)));
        rows.Select(row => (row.Of, row.Name)).ShouldBeUnique();
        rows.ShouldAllBe(row => row.Text.Length > 0 && row.Origin.Length > 3);
    }

    private static int Settable(Type facts) => facts.GetProperties().Count(property => property.CanWrite);
}
