using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Failovers;

/// <summary>Two members have no third to agree with: coordination is the other party of R7.</summary>
[Collection(Pair.Name)]
[Trait("Speed", "Slow")]
public sealed class TwoMemberTests(TwoMemberGroup shared)
{
    [Fact]
    public async Task The_one_standby_takes_over_from_a_killed_host_and_protection_returns_with_it()
    {
        var group = shared.Group;
        var old = await group.PrimaryAsync();
        var logged = group.Others(old).Single().Log().Length;
        await using var writer = await RowWriter.StartAsync(group.Rows);

        await old.CrashAsync();

        var taker = await group.TakenOverAsync(old, TimeSpan.FromSeconds(20));
        taker.Log()[logged..].ShouldContain("coordination has not heard of it");
        await writer.GoesOnAsync(TimeSpan.FromSeconds(20));
        (await taker.StatusAsync())!.Mode.ShouldBe("unprotected");
        old.StartAgent();
        (await group.HealthyAsync()).Primary.ShouldBe(taker.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task While_coordination_is_away_the_one_standby_takes_over_from_nobody()
    {
        var group = shared.Group;
        var old = await group.PrimaryAsync();
        var standby = group.Others(old).Single();
        await group.Etcd.Servers[0].KillAsync();
        await old.CrashAsync();

        await standby.SaysAsync(status => !status.CoordinationReachable && !status.Of(old.Name).Reachable, TimeSpan.FromSeconds(20), "everybody is away");
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        (await standby.AskAsync<bool>("select pg_is_in_recovery()")).ShouldBeTrue();

        await group.Etcd.Servers[0].StartAsync();
        await group.TakenOverAsync(old, TimeSpan.FromSeconds(30));
        old.StartAgent();
        await group.HealthyAsync();
    }
}
