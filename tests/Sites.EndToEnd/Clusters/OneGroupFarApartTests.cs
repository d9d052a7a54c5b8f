using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Clusters;

/// <summary>One group whose members are on hosts of two sites, with coordination over both and a witness.</summary>
public sealed class OneGroupFarApartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly SiteClusterOptions OneGroup = new() { Stores = [new SiteStoreOptions { DeclaredSite = "fra" }] };

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_cut_and_a_crash_of_a_host_reach_the_members_and_not_us()
    {
        await using var cluster = await SiteCluster.StartAsync(OneGroup);
        var store = cluster.Stores[0];
        var first = (await store.FindPrimaryAsync())!;
        await using var watch = await OneWriterWatch.StartAsync(store);
        await using var writer = await RowWriter.StartAsync(store.Rows);
        writer.Rows[0].Address.ShouldBe(first.Place.Address);

        // Its host is cut off alone: it loses its power to acknowledge, and another takes over.
        await cluster.Net.CutHostAsync(store.HostOf(first).Name);
        var second = await store.TakenOverAsync(first, Limit);
        await watch.WritesAsync(member => member == second, Limit);
        (await first.StatusAsync()).ShouldNotBeNull(); // we still reach it
        await cluster.Net.HealAllAsync();
        await cluster.HealthyAsync(store);

        // Its host crashes.
        await store.HostOf(second).CrashAsync();
        (await second.StatusAsync()).ShouldBeNull();
        var third = await store.TakenOverAsync(second, Limit);
        await watch.WritesAsync(member => member == third, Limit);
        await store.HostOf(second).BootAsync();
        await cluster.HealthyAsync(store);

        await writer.GoesOnAsync(Limit);
        (await writer.LostAsync()).ShouldBeEmpty();
        (await watch.LostAsync()).ShouldBeEmpty();
        watch.Overlaps.ShouldBeEmpty();
        watch.Commits.Select(commit => commit.Member).Distinct().Count().ShouldBeGreaterThanOrEqualTo(2);
    }
}
