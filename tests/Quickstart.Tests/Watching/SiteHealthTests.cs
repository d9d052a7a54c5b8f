using System.Collections.Immutable;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Tests.Watching;

public class SiteHealthTests
{
    private static readonly string[] Names = ["north-1", "north-2", "south-1", "south-2"];

    private static Observation Well(string member)
    {
        var (site, leads) = (member.Split('-')[0], member.EndsWith('1'));
        return new Observation(member, 100, new AgentStatus
        {
            Epoch = 1,
            Primary = $"{site}-1",
            SafeToLoseHost = true,
            CoordinationReachable = true,
            Members = [new AgentMember { Name = member, Healthy = true, Role = leads && site == "north" ? "primary" : "standby", State = "running" }],
            Sites = new AgentSites
            {
                ActiveSite = "north",
                SiteEpoch = 1,
                Role = site == "north" ? "active" : "passive",
                GlobalReachable = true,
                SafeToLoseSite = true,
                LagSeconds = 0.25,
            },
        }, null);
    }

    private static string? Missing(string member, Func<AgentStatus, AgentStatus?> change) =>
        SiteHealth.WhatIsMissing(
            [.. Names.Select(name => Well(name) is var one && name == member ? one with { Status = change(one.Status!) } : one)], since: 50);

    private static string? MissingOfSites(string member, Func<AgentSites, AgentSites> change) =>
        Missing(member, status => status with { Sites = change(status.Sites!) });

    [Fact]
    public void All_is_well_when_all_agree_and_host_and_site_can_be_lost() =>
        SiteHealth.WhatIsMissing([.. Names.Select(Well)], since: 50).ShouldBeNull();

    [Fact]
    public void Old_answers_do_not_count() =>
        SiteHealth.WhatIsMissing([.. Names.Select(Well)], since: 101).ShouldNotBeNull().ShouldContain("does not answer");

    [Fact]
    public void A_silent_agent_is_missing() => Missing("south-2", _ => null).ShouldNotBeNull().ShouldContain("south-2");

    [Fact]
    public void An_agent_that_knows_an_older_active_site_is_missing() =>
        MissingOfSites("north-1", sites => sites with { ActiveSite = "south", SiteEpoch = 2 }).ShouldNotBeNull().ShouldContain("does not know yet");

    [Fact]
    public void Every_agent_s_own_member_must_be_healthy_at_both_sites() =>
        Missing("south-2", status => status with { Members = [status.Members[0] with { Healthy = false, State = "salvaging" }] })
            .ShouldBe("not healthy: south-2: standby, salvaging");

    [Fact]
    public void The_active_primary_judges_host_site_lag_and_link()
    {
        Missing("north-1", status => status with { SafeToLoseHost = false, Safety = "alone" }).ShouldNotBeNull().ShouldContain("alone");
        MissingOfSites("north-1", sites => sites with { SafeToLoseSite = false, Safety = "behind" }).ShouldNotBeNull().ShouldContain("behind");
        MissingOfSites("north-1", sites => sites with { LagSeconds = 1.5 }).ShouldBe("the passive site is 1.5 s behind");
        MissingOfSites("north-1", sites => sites with { LagSeconds = null }).ShouldNotBeNull();
        MissingOfSites("north-1", sites => sites with { Link = new AgentLink("re-syncing", 7) }).ShouldBe("the link is re-syncing");
        MissingOfSites("north-1", sites => sites with { Link = new AgentLink("streaming", 0) }).ShouldBeNull();
        MissingOfSites("south-1", sites => sites with { LagSeconds = 9 }).ShouldBeNull("the passive site's word is older");
    }

    [Fact]
    public void Where_each_site_has_one_member_no_host_can_be_lost_and_none_need_be()
    {
        Observation[] all = [.. Names.Select(Well).Select(one => one with { Status = one.Status! with { SafeToLoseHost = false, Safety = "alone" } })];
        SiteHealth.WhatIsMissing(all, since: 50).ShouldBe("not safe to lose a host: alone");
        SiteHealth.WhatIsMissing(all, since: 50, losesNoHost: false).ShouldBeNull();
    }

    [Fact]
    public void A_site_without_a_leader_is_not_well()
    {
        Missing("north-1", status => status with { Primary = "north-2" }).ShouldBe("the active site has no primary");
        Missing("south-1", status => status with { Primary = "south-2" }).ShouldBe("the passive site has no standby leader");
    }

    [Fact]
    public void A_move_on_its_way_is_waited_for_with_its_step() =>
        MissingOfSites("south-1", sites => sites with { Move = Move(("promote", "done"), ("verify", "running")) with { State = "running" } })
            .ShouldBe("a switchover to south is on its way: verify");

    [Fact]
    public void A_move_is_verified_when_every_comparison_that_belongs_to_it_was_equal()
    {
        Move(("verify-before", "done"), ("stop", "done"), ("verify", "done")).Verified.ShouldBe(true);
        Move(("verify-before", "done"), ("verify", "failed")).Verified.ShouldBe(false);
        Move(("verify-before", "done"), ("verify", "running")).Verified.ShouldBeNull();
        Move(("stop", "done")).Verified.ShouldBeNull();
    }

    private static AgentMove Move(params (string Step, string State)[] steps) =>
        new("1", "switchover", "north", "south", "done", null, [.. steps.Select(step => new AgentStep(step.Step, step.State, 1, null))]);
}
