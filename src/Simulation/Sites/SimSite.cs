using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Hosts;
using Holdfast.Simulation.Servers;

namespace Holdfast.Simulation.Sites;

/// <summary>A site: one group of the store, its hosts, and the cluster that keeps its record.</summary>
internal sealed class SimSite
{
    private readonly World _world;
    private KeyValue? _record;

    public SimSite(World world, GroupSpec group, SimCluster cluster)
    {
        (_world, Group, Cluster) = (world, group, cluster);
        Keys = new GroupKeys(world.System.Name, world.Store.Name, group.Site);
        cluster.Follow(Note);
        Hosts = [.. group.Members.Keys.Select(name => new SimHost(world, this, name))];
        Servers = [.. Hosts.Select(host => host.Server)];
    }

    public string Name => Group.Site;
    public GroupSpec Group { get; }
    public SimCluster Cluster { get; }
    public GroupKeys Keys { get; }
    public ImmutableArray<SimHost> Hosts { get; }
    public ImmutableArray<SimServer> Servers { get; }
    /// <summary>When all of it has power again; in ms.</summary>
    public long LostUntil { get; set; }
    /// <summary>It has been lost as a whole.</summary>
    public bool IsLost => LostUntil > _world.Now;

    /// <summary>What truly stands in the group's keys.</summary>
    public GroupPicture Truth { get; private set; } = GroupPicture.Unread;

    /// <summary>What was asked for when something was written last: an election closes what it fulfils.</summary>
    public PendingRequest? RequestBefore { get; private set; }

    private void Note(ImmutableSortedDictionary<string, KeyValue> keys, IReadOnlyCollection<Operation> done)
    {
        if (done.All(operation => operation.Key == Keys.Pulse || !operation.Key.StartsWith(Keys.Prefix, StringComparison.Ordinal)))
        {
            return;
        }

        var before = Truth.Record;
        RequestBefore = Truth.Request;
        Truth = PictureReader.Read(Keys, "", keys);
        if (keys.GetValueOrDefault(Keys.Record) is var record && !ReferenceEquals(record, _record))
        {
            _record = record;
            _world.Note(_world.HasTwoSites ? Name : "etcd", $"record: {Describe(Truth.Record)}");
            _world.Oath.RecordWritten(this, before, Truth.Record);
        }
    }

    private static string Describe(GroupRecord? record) => record is null
        ? "none"
        : $"epoch {record.Epoch}, primary {record.Primary}, {record.Sync}, {record.Mode}, " +
            $"lineage {string.Join(" ", record.Lineage)}{(record.Paused ? ", paused" : "")}{(record.StopsFor != 0 ? $", stops for {record.StopsFor}" : "")}";
}
