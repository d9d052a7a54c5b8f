using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Failovers;

/// <summary>Both standbys of a zero-loss group are gone: the store's <c>unprotected</c> decides.</summary>
[Trait("Speed", "Slow")]
public sealed class LoneCopyTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Allowed_it_goes_on_alone_only_once_the_record_says_so_and_protection_returns_by_itself()
    {
        await using var group = await Group.StartAsync(new GroupOptions { Unprotected = "allow" });
        var primary = await group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(group.Rows);
        await group.Etcd.Servers[0].FreezeAsync();
        await Task.WhenAll(group.Others(primary).Select(host => host.CrashAsync()));
        var alone = writer.Count;

        // The record cannot be written: whatever time passes, nothing may be acknowledged. Twice the limit is time enough to be tempted.
        await primary.SaysAsync(status => !status.CoordinationReachable, Soon, "coordination is away");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        writer.Count.ShouldBeLessThanOrEqualTo(alone + 1, "a commit was acknowledged with one copy before the record said so");
        group.Etcd.Servers[0].Thaw();

        await writer.GoesOnAsync(Group.Patience);
        (await group.RecordAsync()).GetProperty("mode").GetString().ShouldBe("unprotected");
        var status = await primary.SaysAsync(status => status.Mode == "unprotected", Soon, "it is unprotected");
        status.UnprotectedSince.ShouldNotBeNull();
        status.SafeToLoseHost.ShouldBeFalse();

        foreach (var host in group.Others(primary))
        {
            host.StartAgent();
        }

        var healthy = await group.HealthyAsync();
        healthy.UnprotectedSince.ShouldBeNull();
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Told_to_stall_it_lets_commits_wait_until_a_standby_is_back()
    {
        await using var group = await Group.StartAsync(new GroupOptions { Unprotected = "stall" });
        var primary = await group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(group.Rows);
        await Task.WhenAll(group.Others(primary).Select(host => host.CrashAsync()));
        var alone = writer.Count;

        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        writer.Count.ShouldBeLessThanOrEqualTo(alone + 1, "a commit was acknowledged with one copy");
        (await group.RecordAsync()).GetProperty("mode").GetString().ShouldBe("zero-loss");
        (await primary.StatusAsync())!.SafeToLoseHost.ShouldBeFalse();

        group.Others(primary).First().StartAgent();
        await writer.GoesOnAsync(Group.Patience);
        group.Others(primary).Last().StartAgent();
        await group.HealthyAsync();
        (await writer.LostAsync()).ShouldBeEmpty();
        writer.Rows.ShouldAllBe(row => row.Names != "");
    }
}
