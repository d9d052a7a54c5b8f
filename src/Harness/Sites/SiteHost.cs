using System.Collections.Immutable;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Members;

namespace Holdfast.Harness.Sites;

/// <summary>A host of a site with all that runs on it, which lives and dies together.</summary>
public sealed class SiteHost
{
    private readonly Net _net;
    private readonly List<EtcdServer> _etcd = [];
    private readonly List<MemberHost> _members = [];

    internal SiteHost(Net net, NetHost place) => (_net, Place) = (net, place);

    public NetHost Place { get; }
    public string Name => Place.Name;
    public string Site => Place.Site;
    public ImmutableArray<MemberHost> Members => [.. _members];
    public ImmutableArray<EtcdServer> Etcd => [.. _etcd];
    /// <summary>False from a crash until it is started again.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>All processes at once, as when the power fails: others hear nothing any more, not even that connections end.</summary>
    public async Task CrashAsync()
    {
        IsUp = false;
        await _net.CutHostAsync(Name);
        await Task.WhenAll([.. _members.Select(member => member.CrashAsync()), .. _etcd.Select(server => server.KillAsync())]);
    }

    /// <summary>The power is back: the network, and what starts at boot.</summary>
    public async Task BootAsync()
    {
        await _net.HealHostAsync(Name);
        foreach (var server in _etcd)
        {
            server.Launch();
        }

        foreach (var member in _members)
        {
            member.StartAgent();
        }

        IsUp = true;
    }

    /// <summary>Starts what should run here and does not.</summary>
    public async Task BootMissingAsync()
    {
        await _net.HealHostAsync(Name);
        _etcd.FindAll(server => server.Process.HasExited).ForEach(server => server.Launch());
        _members.FindAll(member => member.Agent.HasExited).ForEach(member => member.StartAgent());
        IsUp = true;
    }

    /// <summary>All processes stand still, as in a migration of a virtual machine.</summary>
    public Task FreezeAsync() =>
        Task.WhenAll([.. _members.Select(member => member.FreezeAsync()), .. _etcd.Select(server => server.FreezeAsync())]);

    public void Thaw()
    {
        _etcd.ForEach(server => server.Thaw());
        _members.ForEach(member => member.Thaw());
    }

    public override string ToString() => $"{Name} ({Place.Address})";

    internal void Carry(EtcdServer server) => _etcd.Add(server);

    internal void Carry(MemberHost member) => _members.Add(member);
}
