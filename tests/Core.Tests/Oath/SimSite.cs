using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>A site: one group of the store, and the scope that keeps its record.</summary>
internal sealed class SimSite
{
    public SimSite(World world, GroupSpec group, string coordination)
    {
        Group = group;
        Store = new SimStore(world, this, coordination);
        Coordination = coordination;
        Agents = [.. group.Members.Keys.Select(name => new SimAgent(world, this, name))];
        Servers = [.. group.Members.Keys.Select(name => new SimServer(world, this, name))];
    }

    public string Name => Group.Site;
    public GroupSpec Group { get; }
    public SimStore Store { get; }
    /// <summary>The cluster that keeps the scope.</summary>
    public string Coordination { get; }
    public ImmutableArray<SimAgent> Agents { get; }
    public ImmutableArray<SimServer> Servers { get; }
}
