using System.Collections.Concurrent;
using Holdfast.Coordination.Etcd;
using Holdfast.Core.Topology;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Network;

namespace Holdfast.Coordination.Tests.Conformance;

/// <summary>A real etcd, one for all tests of a class.</summary>
public sealed class EtcdUnderTest : IStoreUnderTest, IAsyncLifetime
{
    private readonly ConcurrentBag<TcpRelay> _relays = [];
    private EtcdCluster? _cluster;

    private EtcdCluster Cluster => _cluster ?? throw new InvalidOperationException("not started");

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync();

    // A generous deadline: these tests are about results, not about time, and may run beside others.
    public ICoordination Client() =>
        new EtcdCoordination(
            new CoordinationSpec { Endpoints = Cluster.Endpoints, RequestTimeout = TimeSpan.FromSeconds(2) }, TimeProvider.System);

    public (ICoordination Client, Action Cut, Action Heal) FragileClient()
    {
        var relay = new TcpRelay(Cluster.Servers[0].ClientPort);
        _relays.Add(relay);
        var spec = new CoordinationSpec { Endpoints = [new Uri($"http://127.0.0.1:{relay.Port}")] };
        return (new EtcdCoordination(spec, TimeProvider.System), () => relay.Mode = RelayMode.Refuse, () => relay.Mode = RelayMode.Open);
    }

    public Task CompactAsync(long revision) => Cluster.Admin.CompactAsync(revision);

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
        {
            await relay.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }
}

public class EtcdKeys(EtcdUnderTest store) : KeysConformance(store), IClassFixture<EtcdUnderTest>;

public class EtcdLeases(EtcdUnderTest store) : LeaseConformance(store), IClassFixture<EtcdUnderTest>;

public class EtcdWatches(EtcdUnderTest store) : WatchConformance(store), IClassFixture<EtcdUnderTest>;
