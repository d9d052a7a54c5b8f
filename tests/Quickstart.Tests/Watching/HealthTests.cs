using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Tests.Watching;

public class HealthTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    private static AgentStatus Well => new()
    {
        Epoch = 4,
        Primary = "b",
        Mode = "zero-loss",
        SafeToLoseHost = true,
        CoordinationReachable = true,
        Members = [
            .. Names.Select(
            name => new AgentMember { Name = name, Healthy = true, Role = name == "b" ? "primary" : "standby", State = "running" })],
    };

    private static Dictionary<string, Observation> AllWell() =>
        Names.ToDictionary(name => name, name => new Observation(name, 100, Well, null));

    private static string? Missing(string member, Func<AgentStatus, AgentStatus> change)
    {
        var all = AllWell();
        all[member] = all[member] with { Status = change(Well) };
        return Health.WhatIsMissing(all.Values, since: 50);
    }

    [Fact]
    public void All_is_well_when_all_agree_and_the_primary_sees_all_healthy() =>
        Health.WhatIsMissing(AllWell().Values, since: 50).ShouldBeNull();

    [Fact]
    public void Old_answers_do_not_count() =>
        Health.WhatIsMissing(AllWell().Values, since: 101).ShouldNotBeNull().ShouldContain("does not answer");

    [Fact]
    public void A_silent_agent_is_missing()
    {
        var all = AllWell();
        all["c"] = new Observation("c", 100, null, "connection refused");
        Health.WhatIsMissing(all.Values, since: 50).ShouldNotBeNull().ShouldContain("c does not answer (connection refused)");
    }

    [Fact]
    public void An_agent_that_lives_in_an_older_epoch_is_missing() =>
        Missing("a", status => status with { Epoch = 3 }).ShouldNotBeNull().ShouldContain("a is still at epoch 3");

    [Fact]
    public void Two_primaries_in_one_epoch_are_not_health() =>
        Missing("a", status => status with { Primary = "a" }).ShouldNotBeNull();

    [Fact]
    public void An_agent_without_coordination_is_missing() =>
        Missing("c", status => status with { CoordinationReachable = false }).ShouldNotBeNull().ShouldContain("c does not reach etcd");

    [Fact]
    public void A_member_that_the_primary_does_not_see_healthy_is_named_with_its_fault() =>
        Missing("b", status => status with
        {
            Members = [..
                status.Members.Select(member => member.Name == "c"
                ? member with { Healthy = false, State = "cloning", Job = "40 %" } : member)],
        }).ShouldBe("not healthy: c: standby, cloning (40 %)");

    [Fact]
    public void A_group_that_may_not_lose_a_host_is_not_healthy() =>
        Missing("b", status => status with { SafeToLoseHost = false, Safety = "one candidate only" })
            .ShouldNotBeNull().ShouldContain("one candidate only");
}
