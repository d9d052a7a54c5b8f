using Holdfast.Harness.Etcd;
using Holdfast.Lab.Hosts;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Faults;

/// <summary>Faults of etcd servers.</summary>
internal sealed class CoordinationFaults(LabCluster cluster, Health health)
{
    public async Task<Injected> InjectAsync(Fault fault)
    {
        if (fault.Kind == FaultKind.EtcdCrash)
        {
            return await KillAsync([cluster.Servers.Single(server => server.Seat.Name == fault.Target).Server]);
        }

        // The cluster that the active group goes by.
        var site = await health.PrimaryAsync() is { } primary ? cluster.SiteOf(primary) : "";
        var etcd = cluster.Etcd.GetValueOrDefault(site) ?? cluster.Etcd[""];
        if (fault.Kind == FaultKind.EtcdMajorityLoss)
        {
            return await KillAsync([.. etcd.Servers.Take((etcd.Servers.Length / 2) + 1)]);
        }

        return await etcd.Admin.LeaderAsync() is { } leader ? await KillAsync([leader]) : Injected.Nothing("etcd has no leader");
    }

    private async Task<Injected> KillAsync(IReadOnlyList<EtcdServer> servers)
    {
        await Task.WhenAll(servers.Select(server => server.KillAsync()));
        return Injected.Of(string.Join(' ', servers.Select(NameOf)), () =>
        {
            foreach (var server in servers.Where(server => server.Process.HasExited && cluster.Hosts.Any(host => host.IsUp && host.Etcd.Contains(server))))
            {
                server.Launch();
            }
        });
    }

    private string NameOf(EtcdServer server) => cluster.Servers.First(pair => pair.Server == server).Seat.Name;
}
