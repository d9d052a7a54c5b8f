using Holdfast.Agent.Loop;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;

namespace Holdfast.Simulation.Sites;

/// <summary>A healthy active group and a healthy passive one to begin with.</summary>
internal static class SiteBirth
{
    public static void Begin(World world)
    {
        var (active, passive) = (world.Sites[0], world.Sites[1]);
        var global = world.Global!;
        global.Cluster.Write(SiteTransactions.Create(global.Keys, new SiteRecord { Epoch = 1, ActiveSite = active.Name }));
        var (first, leader) = (active.Servers[0], passive.Servers[0]);
        first.Initialise();
        var others = active.Servers.Skip(1).Select(server => server.Name).ToArray();
        var sync = new SyncRule(others, Math.Min(active.Group.Acks, others.Length));
        var record = new GroupRecord
        {
            Epoch = 1,
            Primary = first.Name,
            Sync = sync,
            Mode = ProtectionMode.ZeroLoss,
            SystemId = first.SystemId,
            Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
        };
        active.Cluster.Write(Transactions.CreateRecord(active.Keys, record));
        passive.Cluster.Write(Transactions.CreateRecord(
            passive.Keys, record with { Primary = leader.Name, Sync = SyncRule.None, Mode = ProtectionMode.Passive }));
        foreach (var host in world.Hosts.Values)
        {
            host.Disk.Memory = new MemberMemory { Epoch = 1, LogEpoch = 1, WasPrimary = host.Server == first, SiteEpoch = 1, ActiveSite = active.Name };
        }

        foreach (var server in world.Servers.Values.Where(server => server != first))
        {
            server.CopyFrom(first, MemberRole.Standby);
        }

        // It admits clients when it has the site lease, if it needs one.
        first.Start(MemberRole.Primary, sync, gateOpen: false, null, 1);
        foreach (var server in world.Servers.Values.Where(server => server != first))
        {
            var upstream = server == leader || server.Site == active ? first : leader;
            server.Start(MemberRole.Standby, SyncRule.Blocked, gateOpen: true, upstream.Name, 1);
        }
    }
}
