using Holdfast.Agent.Loop;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation;

/// <summary>A healthy group to begin with.</summary>
internal static class Birth
{
    public static void Begin(World world)
    {
        var site = world.Sites[0];
        var names = world.Servers.Keys.ToArray();
        var others = names[1..];
        var first = world.Servers[names[0]];
        first.Initialise();
        var sync = site.Group.ZeroLoss ? new SyncRule(others, Math.Min(site.Group.Acks, others.Length)) : SyncRule.None;
        site.Cluster.Write(Transactions.CreateRecord(site.Keys, new GroupRecord
        {
            Epoch = 1,
            Primary = first.Name,
            Sync = sync,
            Mode = site.Group.ZeroLoss ? ProtectionMode.ZeroLoss : ProtectionMode.Lease,
            SystemId = first.SystemId,
            Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
        }));
        foreach (var name in names)
        {
            world.Hosts[name].Disk.Memory = new MemberMemory { Epoch = 1, LogEpoch = 1, WasPrimary = name == first.Name };
        }

        foreach (var other in others)
        {
            world.Servers[other].CopyFrom(first, MemberRole.Standby);
        }

        first.Start(MemberRole.Primary, sync, gateOpen: site.Group.ZeroLoss, null, 1);
        foreach (var other in others)
        {
            world.Servers[other].Start(MemberRole.Standby, SyncRule.Blocked, gateOpen: true, first.Name, 1);
        }
    }
}
