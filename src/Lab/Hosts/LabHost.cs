using Holdfast.Harness.Etcd;
using Holdfast.Harness.Members;
using Holdfast.Harness.Sites;

namespace Holdfast.Lab.Hosts;

/// <summary>A host with all that runs on it, which lives and dies together.</summary>
internal sealed class LabHost(Net net, NetHost place)
{
    private readonly List<EtcdServer> _etcd = [];

    public string Name => place.Name;
    public NetHost Place => place;
    /// <summary>Null: it carries etcd only.</summary>
    public MemberHost? Member { get; private set; }
    /// <summary>Null: nothing may be mounted here, or there is no member.</summary>
    public SmallDisk? Disk { get; private set; }
    public IReadOnlyList<EtcdServer> Etcd => _etcd;
    /// <summary>False from a crash until it is started again.</summary>
    public bool IsUp { get; private set; } = true;
    /// <summary>We have ended its agent ourselves; otherwise it is started again, as a service manager would.</summary>
    public bool AgentMayBeDown { get; set; }

    public void Carry(EtcdServer server) => _etcd.Add(server);

    public void Carry(MemberHost member, SmallDisk? disk) => (Member, Disk) = (member, disk);

    /// <summary>All processes at once, as when the power fails: nobody hears of it, neither hosts nor clients.</summary>
    public async Task CrashAsync()
    {
        IsUp = false;
        AgentMayBeDown = true;
        await net.CutHostAsync(Name);
        await net.SilenceAsync(Name);
        await Task.WhenAll([Member?.CrashAsync() ?? Task.CompletedTask, .. _etcd.Select(server => server.KillAsync())]);
    }

    /// <summary>The power is back: the network, and what starts at boot.</summary>
    public async Task BootAsync()
    {
        IsUp = true;
        await net.SilenceAsync(Name, silent: false);
        await net.HealHostAsync(Name);
        StartMissing();
    }

    /// <summary>Starts what should run here and does not.</summary>
    public void StartMissing()
    {
        _etcd.FindAll(server => server.Process.HasExited).ForEach(server => server.Launch());
        if (Member is { Agent.HasExited: true })
        {
            Member.StartAgent();
        }

        AgentMayBeDown = false;
    }

    /// <summary>All processes stand still, as in a migration of a virtual machine.</summary>
    public Task FreezeAsync() => Task.WhenAll([Member?.FreezeAsync() ?? Task.CompletedTask, .. _etcd.Select(server => server.FreezeAsync())]);

    public void Thaw()
    {
        _etcd.ForEach(server => server.Thaw());
        Member?.Thaw();
    }
}
