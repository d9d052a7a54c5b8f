using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Redis.EndToEnd.Faults;

/// <summary>Coordination is away: time alone protects such a store, so its primary stops, and goes on by itself when coordination is back.</summary>
[Trait("Speed", "Slow")]
public sealed class CoordinationTests(RedisGroup shared, ITestOutputHelper output) : IClassFixture<RedisGroup>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private Group Group => shared.Group;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_primary_that_cannot_renew_has_stopped_before_its_lease_can_end(bool isKilled)
    {
        var primary = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        var begun = Stopwatch.GetTimestamp();
        await (isKilled ? Group.Etcd.Servers[0].KillAsync() : Group.Etcd.Servers[0].FreezeAsync());

        await Eventually.TrueAsync(() => primary.Postmaster is null, RedisGroup.Soon, () => $"the server goes on without a lease:\n{primary.Log()}");

        // The lease was renewed before the fault at the latest, so it ends no earlier than this.
        Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(Lease);
        writer.Keys.Count(key => Stopwatch.GetElapsedTime(begun, key.At) > Lease).ShouldBe(0);
        if (isKilled)
        {
            await Group.Etcd.Servers[0].StartAsync();
        }
        else
        {
            Group.Etcd.Servers[0].Thaw();
        }

        var healthy = await Group.HealthyAsync();
        await writer.GoesOnAsync(RedisGroup.Soon);
        output.WriteLine($"longest time without an acknowledged write {writer.LongestGap(begun).TotalMilliseconds:F0} ms");
        var lost = writer.Lost(Group.Host(healthy.Primary!).Port);
        lost.ShouldAllBe(key => key.Port == primary.Port && key.At > begun - (10 * Stopwatch.Frequency));
    }

    [Fact]
    public async Task Without_coordination_nobody_takes_over_from_a_killed_primary()
    {
        var primary = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await Group.Etcd.Servers[0].KillAsync();
        await Task.WhenAll(Group.Hosts.Select(host => host.SaysAsync(status => !status.CoordinationReachable, RedisGroup.Soon, "coordination is away")));
        await primary.CrashAsync();
        var others = Group.Others(primary).ToList();
        await Eventually.TrueAsync(
            async () => (await Task.WhenAll(others.Select(host => host.StatusAsync()))).All(status => status?.Of(primary.Name).Reachable == false),
            RedisGroup.Soon, () => $"the others do not miss the primary:\n{Group.Logs()}");

        others.ShouldAllBe(host => !IsWritable(host));

        await Group.Etcd.Servers[0].StartAsync();
        await Group.TakenOverAsync(primary, RedisGroup.Soon);
        await writer.GoesOnAsync(RedisGroup.Soon);
        primary.StartAgent();
        await Group.HealthyAsync();
    }

    private bool IsWritable(MemberHost host)
    {
        try
        {
            using var client = Group.Keys.Connect(host.Port);
            client.Call("SET", "writable", host.Name);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
