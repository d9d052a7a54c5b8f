namespace Holdfast.Configuration.Tests;

/// <summary>What must hold between the sites of a store.</summary>
public class SiteTests
{
    private const string Automatic = "site-failover: automatic";

    [Fact]
    public void Two_sites_and_a_witness_are_fine()
    {
        Sample.Parse(Sample.TwoSites).Problems.ShouldBeEmpty();
        Sample.WithInTwoSites(Automatic, "preferred-site: ber").Problems.ShouldBeEmpty();
        Sample.WithInTwoSites("isolation: continue").Problems.ShouldBeEmpty();
    }

    [Fact]
    public void A_lone_member_at_one_of_two_sites_is_a_warning() =>
        Sample.Parse(Sample.TwoSites.Replace("d: { site: ber", "d: { site: fra")).OnlyWarning().Message
            .ShouldBe("the store has one member only at ber: while it is active there, losing that host loses data");

    [Fact]
    public void A_third_site_with_members_is_refused()
    {
        var text = Sample.TwoSites.Replace("  ber: {}", "  ber: {}\n  par: {}").Replace("d: { site: ber", "d: { site: par");

        var problem = Sample.Parse(text).Errors.ShouldHaveSingleItem();

        problem.Path.ShouldBe("stores.orders.members");
        problem.Message.ShouldBe("are at 3 sites (ber, fra, par): a store has one active site and one passive site, for now");
        problem.Remedy.ShouldBe("keep its members at two sites; a third site can be a witness");
    }

    [Fact]
    public void Two_stores_may_be_at_different_pairs_of_three_sites()
    {
        var text = Sample.TwoSites.Replace("  ber: {}", "  ber: {}\n  par: {}") + """
              users:
                kind: postgresql
                members:
                  u1: { site: ber, address: 127.0.0.1:5450, agent: 127.0.0.1:8450, data: /srv/u1 }
                  u2: { site: ber, address: 127.0.0.1:5451, agent: 127.0.0.1:8451, data: /srv/u2 }
                  u3: { site: par, address: 127.0.0.1:5452, agent: 127.0.0.1:8452, data: /srv/u3 }
                  u4: { site: par, address: 127.0.0.1:5453, agent: 127.0.0.1:8453, data: /srv/u4 }

            """;

        Sample.Parse(text).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void No_loss_at_all_cannot_be_promised_for_a_site()
    {
        var problem = Sample.WithInTwoSites("objectives: {site-loss: {rpo: 0s, enforce-rpo: true}}").OnlyError();

        problem.Path.ShouldBe("stores.orders.objectives.site-loss.rpo");
        problem.Message.ShouldBe("0s cannot be promised: between sites replication is asynchronous, so the last commits of a site can be lost with it");
        problem.Remedy.ShouldStartWith("write how much a lost site may cost, for example 5s; 'enforce-rpo: true'");
        Sample.WithInTwoSites("objectives: {site-loss: {rpo: 5s, enforce-rpo: true}}").System!.Stores["orders"].EnforceRpo.ShouldBeTrue();
    }

    [Fact]
    public void Automatic_site_failover_contradicts_island_mode()
    {
        var problem = Sample.WithInTwoSites(Automatic, "isolation: continue").OnlyError();

        problem.Path.ShouldBe("stores.orders.site-failover");
        problem.Message.ShouldStartWith("contradicts 'isolation: continue': a site that is cut off goes on writing, the other cannot know");
        problem.Remedy.ShouldBe("write 'isolation: fence', or 'site-failover: manual'");
    }

    [Theory]
    [InlineData(Automatic, "stores.orders.site-failover", "nothing moves by itself")]
    [InlineData("site-failover: manual", "stores.orders.members", "then the other cannot take over, not even by an operator's decision")]
    public void Without_a_third_site_coordination_falls_with_one_of_the_two(string line, string path, string consequence)
    {
        var problem = Sample.Parse(Sample.InStore(Sample.TwoSites.Replace("  muc: { witness: true }\n", ""), line)).OnlyWarning();

        problem.Path.ShouldBe(path);
        problem.Message.ShouldEndWith(consequence);
        problem.Remedy.ShouldBe("add a witness site that carries an etcd server");
    }

    [Theory]
    [InlineData(Automatic, "site-failover")]
    [InlineData("site-link: {queue-bound: 1GB}", "site-link")]
    [InlineData("archive: /srv/archive", "archive")]
    [InlineData("hooks: {after-move: {run: [/bin/true]}}", "hooks")]
    [InlineData("timing: {site-lease: 5s}", "timing.site-lease")]
    public void What_concerns_two_sites_has_no_effect_on_one(string line, string path)
    {
        var problem = Sample.WithInStore(line).OnlyWarning();

        (problem.Path, problem.Message).ShouldBe(($"stores.orders.{path}", "has no effect: every member is at fra"));
    }

    [Fact]
    public void Enforcing_an_rpo_needs_a_second_site()
    {
        var problem = Sample.WithInStore("objectives: {site-loss: {enforce-rpo: true}}").OnlyError();

        problem.Path.ShouldBe("stores.orders.objectives.site-loss.enforce-rpo");
        problem.Message.ShouldBe("cannot be kept: every member is at fra, and nothing is left when that site is lost");
        Sample.WithInStore("objectives: {site-loss: {enforce-rpo: false}}").Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("site-lease: 1s", "1s is less than the shortest that etcd keeps (2s)")]
    [InlineData("site-lease: 3500ms", "3500ms is not a whole number of seconds, which etcd counts in")]
    [InlineData("site-lease: 2s", "2s is not longer than twice coordination.request-timeout (1s): one slow call and the next would lose the lease")]
    [InlineData("site-lease: 0s", "is zero")]
    public void A_site_lease_is_one_that_can_be_kept(string line, string message)
    {
        var problem = Sample.WithInTwoSites($"timing: {{{line}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(("stores.orders.timing.site-lease", message));
        Sample.WithInTwoSites("timing: {site-lease: 3s}").Problems.ShouldBeEmpty();
    }

    [Fact]
    public void A_site_lease_by_default_is_measured_by_the_global_cluster_too()
    {
        var text = Sample.InStore(Sample.TwoSites, "timing: {lease: 6s}");

        var problem = Sample.Parse(text.Replace("coordination:", "coordination:\n  request-timeout: 5s")).OnlyError();

        problem.Path.ShouldBe("stores.orders.timing.site-lease");
        problem.Message.ShouldStartWith("site-lease (4s, the default) is not longer than twice coordination.request-timeout (5s)");
        Sample.Parse(text.Replace("coordination:", "coordination:\n  request-timeout: 1999ms")).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void An_automatic_site_failover_is_done_within_the_rto()
    {
        var byRto = Sample.WithInTwoSites(Automatic, "objectives: {site-loss: {rto: 5s}}").OnlyError();
        byRto.Path.ShouldBe("stores.orders.objectives.site-loss.rto");
        byRto.Message.ShouldBe("timing.site-lease (4s) and 2s to take over are more than objectives.site-loss.rto (5s)");
        byRto.Remedy.ShouldBe("shorten the lease to 3s at most, or write an rto of at least 6s, or 'site-failover: manual'");

        var byLease = Sample.WithInTwoSites(Automatic, "objectives: {site-loss: {rpo: 60s}}", "timing: {site-lease: 59s}").OnlyError();
        byLease.Path.ShouldBe("stores.orders.timing.site-lease");
        Sample.WithInTwoSites(Automatic, "objectives: {site-loss: {rto: 3s}}").OnlyError().Remedy
            .ShouldBe("write an rto of at least 6s, or 'site-failover: manual'", "no lease is short enough");

        Sample.WithInTwoSites(Automatic, "objectives: {site-loss: {rto: 6s}}").Problems.ShouldBeEmpty();
        Sample.WithInTwoSites("objectives: {site-loss: {rto: 5s}}").Problems.ShouldBeEmpty("an operator decides, whenever he does");
    }

    [Fact]
    public void An_automatic_site_failover_can_lose_as_much_as_is_written_within_the_lease()
    {
        var byRpo = Sample.WithInTwoSites(Automatic, "objectives: {site-loss: {rpo: 4s}}").OnlyError();
        byRpo.Path.ShouldBe("stores.orders.objectives.site-loss.rpo");
        byRpo.Message.ShouldContain("more may be lost than objectives.site-loss.rpo (4s)");
        byRpo.Remedy.ShouldBe("shorten the lease to 3s at most, or write an rpo of at least 5s, or 'site-failover: manual'");
        Sample.WithInTwoSites(Automatic, "timing: {site-lease: 5s}").OnlyError().Path.ShouldBe("stores.orders.timing.site-lease");

        Sample.WithInTwoSites(Automatic).Problems.ShouldBeEmpty();
        Sample.WithInTwoSites("objectives: {site-loss: {rpo: 4s}}").Problems.ShouldBeEmpty("an operator decides, and is told the amount");
    }
}
