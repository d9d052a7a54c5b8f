using System.Collections.Immutable;
using Holdfast.Coordination.Etcd;
using Holdfast.Core.Topology;
using Holdfast.Harness.Etcd;

namespace Holdfast.Coordination.Tests.Etcd;

/// <summary>Clients and calls as the tests of etcd need them.</summary>
internal static class EtcdClients
{
    public static readonly TimeSpan Timeout = new CoordinationSpec { Endpoints = [] }.RequestTimeout;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static EtcdCoordination Client(this EtcdCluster cluster) => Of(new CoordinationSpec { Endpoints = cluster.Endpoints });

    public static EtcdCoordination Of(CoordinationSpec spec) => new(spec, TimeProvider.System);

    public static EtcdCoordination Of(params int[] ports) => Of(new CoordinationSpec { Endpoints = Loopback(ports) });

    public static ImmutableArray<Uri> Loopback(params int[] ports) => [.. ports.Select(port => new Uri($"http://127.0.0.1:{port}"))];

    public static Task<TransactionResult> PutAsync(this ICoordination client, string key, string text) =>
        client.TransactAsync(new Transaction([], [new Operation.Put(key, text)]), Cancel);

    public static async Task<CoordinationException> FaultOf(Func<Task> call) => await Should.ThrowAsync<CoordinationException>(call);
}
