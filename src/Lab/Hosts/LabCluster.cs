using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Harness;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Members;
using Holdfast.Harness.Sites;
using Holdfast.Lab.Clients;
using Holdfast.Lab.Layout;

namespace Holdfast.Lab.Hosts;

/// <summary>The system of a file on a network of its own: real etcd, real agents, real servers, each host alone with its address.</summary>
internal sealed class LabCluster : IAsyncDisposable
{
    private const int ServerPort = 5432;
    private const int AgentPort = 8008;
    private const int GlobalPort = 2379;
    private const int LocalPort = 2479;
    private const int DiskMebibytes = 3072;
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StatusLimit = TimeSpan.FromMilliseconds(700);
    private readonly AgentAccess _access;

    private LabCluster(LabFile file, string folder, Net net, ImmutableSortedDictionary<string, EtcdCluster> etcd)
    {
        (File, Folder, Net, Etcd) = (file, folder, net, etcd);
        Hosts = [.. net.Hosts.Select(place => new LabHost(net, place))];
        Servers =
        [
            .. etcd.SelectMany(cluster => Topology.Etcd.Where(server => server.Scope == cluster.Key).Zip(cluster.Value.Servers))
                .OrderBy(pair => pair.First.Name, StringComparer.Ordinal),
        ];
        foreach (var (seat, server) in Servers)
        {
            Host(seat.Host).Carry(server);
        }

        Certificates = EtcdCertificates.Create(Path.Combine(folder, "tls"), [.. net.Hosts.Select(host => host.Address)]);
        _access = AgentAccess.Trusting(Certificates.CaFile);
        Members = [.. Topology.Members.Select(Build)];
        Group.WritePrivate(TokenFile, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");
        System.IO.File.WriteAllText(SystemFile, file.Rewritten(Placement()));
    }

    public LabFile File { get; }
    public Topology Topology => File.Topology;
    public string Folder { get; }
    public Net Net { get; }
    /// <summary>By scope; empty: the global one.</summary>
    public ImmutableSortedDictionary<string, EtcdCluster> Etcd { get; }
    public ImmutableArray<(LabEtcd Seat, EtcdServer Server)> Servers { get; }
    public ImmutableArray<LabHost> Hosts { get; }
    /// <summary>In the order of the topology.</summary>
    public ImmutableArray<MemberHost> Members { get; }
    public Application Application { get; } = new();
    public LabGate Gate { get; } = new();
    public EtcdCertificates Certificates { get; }
    public string SystemFile => Path.Combine(Folder, "holdfast.yaml");
    public string TokenFile => Path.Combine(Folder, "token");
    /// <summary>Logs of the agents.</summary>
    public string Logs => Path.Combine(Folder, "logs");

    public LabHost Host(string name) => Hosts.Single(host => host.Name == name);
    public MemberHost Member(string name) => Members.Single(member => member.Name == name);
    public LabHost HostOf(MemberHost member) => Hosts.Single(host => host.Member == member);
    public string SiteOf(MemberHost member) => Topology.Members.Single(one => one.Name == member.Name).Site;
    public IEnumerable<LabHost> HostsAt(string site) => Topology.HostsAt(site).Select(Host);

    /// <summary>All started; nothing is awaited of the members yet.</summary>
    public static async Task<LabCluster> StartAsync(LabFile file, string folder)
    {
        var topology = file.Topology;
        var net = await Net.CreateAsync(NetPlan.Of(topology.Sites.Select(site => (site.Value, topology.HostsAt(site.Key)))));
        var etcd = ImmutableSortedDictionary<string, EtcdCluster>.Empty;
        LabCluster? cluster = null;
        try
        {
            foreach (var scope in topology.Etcd.GroupBy(server => server.Scope))
            {
                etcd = etcd.Add(scope.Key, await EtcdCluster.StartAsync(new EtcdOptions
                {
                    Places = [.. scope.Select(server => net.Host(server.Host))],
                    Port = scope.Key.Length > 0 ? LocalPort : GlobalPort,
                }));
            }

            Directory.CreateDirectory(Path.Combine(folder, "logs"));
            cluster = new LabCluster(file, folder, net, etcd);
            foreach (var member in cluster.Members)
            {
                member.StartAgent();
            }

            await cluster.Gate.StartAsync(cluster.SystemFile, Path.Combine(cluster.Logs, "gate.log"));
            return cluster;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? DisposeAsync(etcd.Values, net));
            throw;
        }
    }

    /// <summary>What each member's agent says, in the order of <see cref="Members"/>; null where none answers.</summary>
    public Task<SeenStatus?[]> StatusAsync() => Task.WhenAll(Members.Select(StatusAsync));

    /// <summary>A verb of the program, run from outside the sites, where every host with power is reached whatever is cut.</summary>
    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) =>
        HoldfastProgram.RunAsync(CommandLimit, [.. arguments, "--file", SystemFile]);

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Task.WhenAll(Members.Select(member => member.DisposeAsync().AsTask()));
        await DisposeAsync(Etcd.Values, Net);
        _access.Dispose();
        foreach (var host in Hosts)
        {
            host.Disk?.Dispose();
        }
    }

    /// <summary>An agent that lives answers in milliseconds; nobody waits for one that stands still.</summary>
    private static async Task<SeenStatus?> StatusAsync(MemberHost member)
    {
        try
        {
            return await member.StatusAsync().WaitAsync(StatusLimit);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async ValueTask DisposeAsync(IEnumerable<EtcdCluster> etcd, Net net)
    {
        foreach (var one in etcd)
        {
            await one.DisposeAsync();
        }

        await net.DisposeAsync();
    }

    private MemberHost Build(LabMember seat)
    {
        var host = Host(seat.Host);
        var folder = Directory.CreateDirectory(
            Path.Combine(Folder, "hosts", seat.Host), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var disk = SmallDisk.TryMount(folder, DiskMebibytes);
        var member = new MemberHost(
            seat.Name, folder, Path.Combine(Logs, $"agent-{seat.Name}.log"), ServerPort, AgentPort, SystemFile, Application.Password, host.Place)
        { Access = _access };
        host.Carry(member, disk);
        return member;
    }

    private Placement Placement() => new(
        Members.ToImmutableSortedDictionary(
            member => member.Name, member => new Seat(member.Place.Address, member.Port, member.AgentPort, member.Data), StringComparer.Ordinal),
        Etcd.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Endpoints, StringComparer.Ordinal),
        Gate.Addresses, $"host {Application.Name} {Application.Name} {Net.Range} scram-sha-256",
        TokenFile, Certificates.ServerFile, Certificates.ServerKeyFile, Certificates.CaFile);
}
