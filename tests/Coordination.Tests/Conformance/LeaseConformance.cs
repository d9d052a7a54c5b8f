using System.Diagnostics;
using Holdfast.Harness;

namespace Holdfast.Coordination.Tests.Conformance;

public abstract class LeaseConformance(IStoreUnderTest store) : Conformance(store)
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Keys_vanish_when_their_lease_expires_and_not_before()
    {
        var start = Stopwatch.GetTimestamp();
        var lease = await Client.GrantLeaseAsync(Short, Cancel);
        await PutAsync("leased", "x", lease);
        await PutAsync("free", "x");
        (await GetAsync("leased"))!.Lease.ShouldBe(lease);

        await Eventually.TrueAsync(async () => await GetAsync("leased") is null, TimeSpan.FromSeconds(10), () => "the key is still there");

        Stopwatch.GetElapsedTime(start).ShouldBeGreaterThan(Short - TimeSpan.FromMilliseconds(50));
        (await GetAsync("free")).ShouldNotBeNull();
        (await Client.KeepAliveAsync(lease, Cancel)).ShouldBeNull();
        Client.KeepAlive(lease, TimeSpan.FromSeconds(1)).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Speed", "Slow")]
    public async Task A_renewed_lease_outlives_its_time(bool blocking)
    {
        var lease = await Client.GrantLeaseAsync(Short, Cancel);
        await PutAsync("leased", "x", lease);
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < 2 * Short)
        {
            var granted = blocking ? Client.KeepAlive(lease, TimeSpan.FromSeconds(1)) : await Client.KeepAliveAsync(lease, Cancel);
            granted.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
            await Task.Delay(300, Cancel);
        }

        (await GetAsync("leased")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Revoking_removes_the_keys_and_may_be_repeated()
    {
        var lease = await Client.GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel);
        await DoAsync(new Operation.Put(Prefix + "a", "x", lease), new Operation.Put(Prefix + "b", "x", lease));
        await Client.RevokeLeaseAsync(lease, Cancel);
        (await Client.ReadAsync(Prefix, Cancel)).Keys.ShouldBeEmpty();
        await Client.RevokeLeaseAsync(lease, Cancel);
    }

    [Fact]
    public async Task Putting_under_a_lease_that_is_gone_does_nothing()
    {
        var lease = await Client.GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel);
        await Client.RevokeLeaseAsync(lease, Cancel);
        (await FaultOf(() => DoAsync(new Operation.Put(Prefix + "free", "x"), new Operation.Put(Prefix + "leased", "x", lease))))
            .ShouldBe(CoordinationFault.LeaseGone);
        (await Client.ReadAsync(Prefix, Cancel)).Keys.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_put_without_the_lease_frees_the_key_from_it()
    {
        var lease = await Client.GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel);
        await PutAsync("a", "x", lease);
        await PutAsync("a", "y");
        await Client.RevokeLeaseAsync(lease, Cancel);
        (await GetAsync("a"))!.Text.ShouldBe("y");
    }

    [Fact]
    public async Task Leases_have_different_ids()
    {
        var first = await Client.GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel);
        (await NewClient().GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel)).ShouldNotBe(first);
    }
}
