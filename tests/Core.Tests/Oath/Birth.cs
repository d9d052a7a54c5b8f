using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Oath;

/// <summary>How a run begins: with nothing at all, or with a healthy group.</summary>
internal static class Birth
{
    public static void Begin(World world, bool fromNothing)
    {
        if (fromNothing)
        {
            return;
        }

        var names = world.Group.Members.Keys.ToArray();
        var others = names[1..];
        var first = world.Servers[names[0]];
        first.Initialise();
        var sync = world.Group.ZeroLoss ? new SyncRule(others, Math.Min(world.Group.Acks, others.Length)) : SyncRule.None;
        world.Store.Apply("-", state => state with
        {
            Record = new GroupRecord
            {
                Epoch = 1,
                Primary = first.Name,
                Sync = sync,
                Mode = world.Group.ZeroLoss ? ProtectionMode.ZeroLoss : ProtectionMode.Lease,
                SystemId = first.SystemId,
                Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
            },
        });
        foreach (var other in others)
        {
            world.Servers[other].CopyFrom(first, MemberRole.Standby);
        }

        foreach (var agent in world.Agents.Values)
        {
            agent.Begin(new MemberMemory { Epoch = 1, LogEpoch = 1, WasPrimary = agent.Name == first.Name });
        }

        first.Start(MemberRole.Primary, sync, gateOpen: world.Group.ZeroLoss, null, 1);
        foreach (var other in others)
        {
            world.Servers[other].Start(MemberRole.Standby, SyncRule.Blocked, gateOpen: true, first.Name, 1);
        }
    }
}
