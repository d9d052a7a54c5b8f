using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>How a run of two sites begins: with nothing at all, or with an active and a passive group.</summary>
internal static class SiteBirth
{
    public static void Begin(World world, bool fromNothing)
    {
        if (fromNothing)
        {
            return;
        }

        var link = world.Link!;
        link.Global.Apply("-", state => state with { Record = new SiteRecord { Epoch = 1, ActiveSite = SimLink.First } });
        var (active, passive) = (world.Sites[0], world.Sites[1]);
        var first = active.Servers[0];
        first.Initialise();
        var others = active.Servers.Skip(1).Select(server => server.Name).ToArray();
        var sync = new SyncRule(others, 1);
        var record = new GroupRecord
        {
            Epoch = 1,
            Primary = first.Name,
            Sync = sync,
            Mode = ProtectionMode.ZeroLoss,
            SystemId = first.SystemId,
            Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
        };
        var leader = passive.Servers[0];
        active.Store.Apply("-", state => state with { Record = record });
        passive.Store.Apply("-", state => state with
        {
            Record = record with { Primary = leader.Name, Sync = SyncRule.None, Mode = ProtectionMode.Passive },
        });
        foreach (var server in world.Servers.Values.Where(server => server != first))
        {
            server.CopyFrom(first, MemberRole.Standby);
        }

        foreach (var agent in world.Agents.Values)
        {
            agent.Begin(new MemberMemory { Epoch = 1, LogEpoch = 1, WasPrimary = agent.Name == first.Name, SiteEpoch = 1, ActiveSite = SimLink.First });
        }

        first.Start(MemberRole.Primary, sync, gateOpen: false, null, 1);
        foreach (var server in world.Servers.Values.Where(server => server != first))
        {
            server.Start(MemberRole.Standby, SyncRule.Blocked, gateOpen: true,
                server == leader || server.Site == active ? first.Name : leader.Name, 1);
        }
    }
}
