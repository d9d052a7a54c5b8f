using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Redis.EndToEnd.Sites;
using Holdfast.Sites.EndToEnd;

namespace Holdfast.Redis.EndToEnd.Faults;

/// <summary>The primary's host is cut off from everybody, in a network of real hosts: packets vanish, and what runs there goes on.</summary>
[Trait("Speed", "Slow")]
public sealed class PartitionTests(RedisSites shared, ITestOutputHelper output) : IClassFixture<RedisSites>
{
    [SiteFact]
    public async Task A_primary_that_is_cut_off_has_stopped_when_another_takes_over_and_follows_it_when_it_is_back()
    {
        await shared.ReadyAsync();
        var (store, cluster) = (shared.Store, shared.Cluster);
        var (old, _) = await shared.LeadersAsync();
        await using var writer = await KeyWriter.StartAsync(store.Keys);
        await writer.MoreAsync(100, RedisSites.Soon);
        var cut = Stopwatch.GetTimestamp();

        await cluster.Net.CutHostAsync(store.HostOf(old).Name);

        var taker = await store.TakenOverAsync(old, RedisSites.Soon);
        old.Postmaster.ShouldBeNull(cluster.Fail($"two servers may write: {old.Name} still runs while {taker.Name} is primary"));
        await writer.GoesOnAsync(RedisSites.Soon);
        await cluster.Net.HealHostAsync(store.HostOf(old).Name);
        await cluster.HealthyAsync(store);
        (await store.FindPrimaryAsync()).ShouldBe(taker);
        output.WriteLine($"longest time without an acknowledged write {writer.LongestGap(cut).TotalMilliseconds:F0} ms");
        var lost = writer.Lost(taker.Endpoint);
        output.WriteLine($"{lost.Count} of {writer.Keys.Count} acknowledged writes lost");
        lost.ShouldAllBe(key => key.Endpoint == old.Endpoint && key.At > cut - (10 * Stopwatch.Frequency));
    }
}
