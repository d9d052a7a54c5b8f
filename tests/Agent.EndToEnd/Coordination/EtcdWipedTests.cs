using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Coordination;

/// <summary>R0: etcd has lost everything. The group is put together again from its members, or waits for the one that must be there.</summary>
[Collection(DisturbedEtcd.Name)]
[Trait("Speed", "Slow")]
public sealed class EtcdWipedTests(ZeroLossGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_group_whose_record_is_lost_writes_it_anew_and_keeps_its_rows_and_its_passwords()
    {
        var group = shared.Group;
        var primary = await group.PrimaryAsync();
        var epoch = (await primary.StatusAsync())!.Epoch;
        var logged = primary.Log().Length;
        await using var writer = await RowWriter.StartAsync(group.Rows);

        await group.Etcd.Servers[0].WipeAsync();
        await group.Etcd.Servers[0].StartAsync();

        await primary.SaysAsync(status => status.Epoch > epoch, Soon, "the record is there again");
        var healthy = await group.HealthyAsync();
        healthy.Primary.ShouldBe(primary.Name);
        primary.Log()[logged..].ShouldContain("rule=R0.restore");
        await writer.GoesOnAsync(Soon);

        // What the agents know of the store's passwords was in etcd as well.
        foreach (var host in group.Hosts)
        {
            await host.StopAgentAsync();
            host.StartAgent();
        }

        await group.HealthyAsync();
        var standby = group.Others(primary).First();
        await standby.CrashAsync();
        standby.StartAgent();
        await group.HealthyAsync();
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_last_primary_the_others_wait_and_say_so()
    {
        var group = shared.Group;
        var primary = await group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(group.Rows);
        await group.Etcd.Servers[0].WipeAsync();
        await primary.CrashAsync();
        await group.Etcd.Servers[0].StartAsync();

        foreach (var host in group.Others(primary))
        {
            var status = await host.SaysAsync(status => status.Rule == "R0.lost", Soon, "it waits for the last primary");
            status.Of(host.Name).Fault!.ShouldContain("the last primary");
            (await host.AskAsync<bool>("select pg_is_in_recovery()")).ShouldBeTrue();
        }

        primary.StartAgent();
        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        await writer.GoesOnAsync(Soon);
        (await writer.LostAsync()).ShouldBeEmpty();
    }
}
