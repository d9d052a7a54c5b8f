using Holdfast.Harness.Etcd;

namespace Holdfast.Coordination.Tests.Etcd;

[Trait("Speed", "Slow")]
public class SpaceTests
{
    [Fact]
    public async Task A_full_database_rejects_writes_with_the_remedy_and_still_reads()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { QuotaBytes = 4 << 20 });
        await using var client = cluster.Client();
        var filler = new string('x', 1 << 20);
        CoordinationException? fault = null;
        for (var round = 0; round < 20 && fault is null; round++)
        {
            try
            {
                await client.PutAsync("a", filler);
            }
            catch (CoordinationException exception)
            {
                fault = exception;
            }
        }

        fault.ShouldNotBeNull().Fault.ShouldBe(CoordinationFault.Rejected);
        fault.Message.ShouldContain("database space exceeded");
        fault.Message.ShouldContain("etcdctl alarm disarm");
        (await client.ReadAsync("a", EtcdClients.Cancel)).Keys.Count.ShouldBe(1);
    }
}
