using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Harness.Sites;

/// <summary>
/// Two sites and a witness on a network of their own: real etcd, real agents, real servers, each host alone with its address. Gone on
/// dispose.
/// </summary>
public sealed class SiteCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private const int ServerPort = 5432;
    private const int AgentPort = 8008;
    private const int LocalEtcdPort = 2479;
    private readonly TemporaryFolder _folder = new("s");
    private readonly AgentAccess _access;
    private readonly string _password = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private bool _failed;

    private SiteCluster(SiteClusterOptions options, Net net, EtcdCluster global, ImmutableSortedDictionary<string, EtcdCluster> local)
    {
        (Options, Net, Global, Local) = (options, net, global, local);
        Hosts = [.. net.Hosts.Select(place => new SiteHost(net, place))];
        foreach (var (server, index) in global.Servers.Select((server, index) => (server, index)))
        {
            Host(EtcdHost(options.Sites.Append(options.Witness).ElementAt(index))).Carry(server);
        }

        foreach (var (site, cluster) in local)
        {
            Host(EtcdHost(site)).Carry(cluster.Servers[0]);
        }

        Certificates = EtcdCertificates.Create(_folder.File("tls"), [.. net.Hosts.Select(host => host.Address)]);
        _access = AgentAccess.Trusting(Certificates.CaFile);
        Group.WritePrivate(KeyStore.PasswordFile(_folder.Path), _password);
        Stores = [.. options.Stores.Select(Build)];
        Group.WritePrivate(TokenFile, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");
        File.WriteAllText(SystemFile, SiteClusterFile.Text(this));
    }

    public SiteClusterOptions Options { get; }
    public Net Net { get; }
    /// <summary>The cluster over both sites and the witness; its servers are in the order of the sites, the witness last.</summary>
    public EtcdCluster Global { get; }
    /// <summary>The clusters of single sites, where there are any.</summary>
    public ImmutableSortedDictionary<string, EtcdCluster> Local { get; }
    public ImmutableArray<SiteHost> Hosts { get; }
    public ImmutableArray<SiteStore> Stores { get; }
    /// <summary>Of the agents, which do not talk to other hosts without.</summary>
    internal EtcdCertificates Certificates { get; }
    public string SystemFile => _folder.File("holdfast.yaml");
    public string TokenFile => _folder.File("token");

    public SiteHost Host(string name) => Hosts.Single(host => host.Name == name);
    public SiteStore Store(string name) => Stores.Single(store => store.Name == name);
    public IEnumerable<SiteHost> HostsAt(string site) => Hosts.Where(host => host.Site == site);

    /// <summary>The host that carries etcd at a site.</summary>
    public static string EtcdHost(string site) => $"{site}-etcd";

    /// <summary>The networks, etcd and the file; no agent yet.</summary>
    public static async Task<SiteCluster> PrepareAsync(SiteClusterOptions? wanted = null)
    {
        var options = wanted ?? new SiteClusterOptions();
        var net = await Net.CreateAsync(NetPlan.Of(
        [
            .. options.Sites.Select(site => (site, (IEnumerable<string>)[.. HostsOf(options, site), EtcdHost(site)])),
            (options.Witness, [EtcdHost(options.Witness)]),
        ]));
        var started = new List<EtcdCluster>();
        try
        {
            var global = EtcdCluster.StartAsync(
                new EtcdOptions { Places = [.. options.Sites.Append(options.Witness).Select(site => net.Host(EtcdHost(site)))] });
            started.Add(await global);
            var local = ImmutableSortedDictionary<string, EtcdCluster>.Empty;
            foreach (var site in options.Coordination == CoordinationLayout.PerSite ? options.Sites : [])
            {
                started.Add(await EtcdCluster.StartAsync(new EtcdOptions { Places = [net.Host(EtcdHost(site))], Port = LocalEtcdPort }));
                local = local.Add(site, started[^1]);
            }

            return new SiteCluster(options, net, started[0], local);
        }
        catch
        {
            foreach (var etcd in started)
            {
                await etcd.DisposeAsync();
            }

            await net.DisposeAsync();
            throw;
        }
    }

    /// <summary>All started and healthy, with the application's table in every store of PostgreSQL.</summary>
    public static async Task<SiteCluster> StartAsync(SiteClusterOptions? options = null)
    {
        var cluster = await PrepareAsync(options);
        try
        {
            foreach (var member in cluster.Stores.SelectMany(store => store.Members))
            {
                member.StartAgent();
            }

            foreach (var store in cluster.Stores)
            {
                await cluster.HealthyAsync(store);
                await (store.Options.Kind == GroupOptions.PostgreSql ? store.Rows.CreateAsync((await store.FindPrimaryAsync())!) : Task.CompletedTask);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a store is whole.</summary>
    public async Task HealthyAsync(SiteStore store, TimeSpan? deadline = null)
    {
        SeenStatus?[] seen = [];
        await Eventually.TrueAsync(
            async () => store.Members.FirstOrDefault(member => member.Agent.HasExited) is { } ended
                ? throw new InvalidOperationException(Fail($"the agent of {ended.Name} ended with {ended.Agent.ExitCode}"))
                : store.IsHealthy(seen = await store.StatusAsync()),
            deadline ?? Patience,
            () => Fail($"{store.Name} does not become healthy:\n{store.Describe(seen)}"));
    }

    /// <summary>Every host of a site at once, without a word to anybody.</summary>
    public async Task CrashSiteAsync(string site)
    {
        await Net.CutAsync(Net.LinksOf(site));
        await Task.WhenAll(HostsAt(site).Select(host => host.CrashAsync()));
    }

    /// <summary>The site is back, links and all.</summary>
    public async Task BootSiteAsync(string site)
    {
        await Net.HealAsync(Net.LinksOf(site));
        await Task.WhenAll(HostsAt(site).Select(host => host.BootAsync()));
    }

    /// <summary>A verb of the program, run from outside the sites, where every host is reached whatever is cut.</summary>
    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) =>
        HoldfastProgram.RunAsync(TimeSpan.FromSeconds(90), [.. arguments, "--file", SystemFile]);

    /// <summary>The last lines of all agents, for messages.</summary>
    public string Logs() => string.Join('\n', Stores.SelectMany(store => store.Members).Select(
        member => $"--- log of {member.Name} ({member.AgentLog})\n{string.Join('\n', member.Log().Split('\n').TakeLast(25))}"));

    /// <summary>Remembers the failure, so that the folder can be kept, and adds the agents' logs to the message.</summary>
    public string Fail(string message)
    {
        _failed = true;
        return $"{message}\n{Logs()}";
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Stores.SelectMany(store => store.Members).Select(member => member.DisposeAsync().AsTask()));
        foreach (var etcd in Local.Values.Prepend(Global))
        {
            await etcd.DisposeAsync();
        }

        await Net.DisposeAsync();
        _access.Dispose();
        if (_failed && Environment.GetEnvironmentVariable("HOLDFAST_TEST_KEEP") is not null)
        {
            _folder.Keep();
        }

        _folder.Dispose();
    }

    private SiteStore Build(SiteStoreOptions options, int index)
    {
        var endpoints = Members().Select(host => $"{host.Place.Address}:{ServerPort + index}").ToList();
        var rows = new RowTable(endpoints);
        var keys = new KeyStore(endpoints, _password);
        return new SiteStore(
            options, Options.Sites[0],
            [
                .. Members().Select(host =>
                {
                    var member = new MemberHost(
                        $"{options.Name}-{host.Name}", Directory.CreateDirectory(_folder.File(host.Name, options.Name)).FullName,
                        _folder.File($"{options.Name}-{host.Name}.log"), ServerPort + index, AgentPort + index, SystemFile, rows.Password, host.Place)
                    { Access = _access };
                    host.Carry(member);
                    return (member, host);
                }),
            ],
            rows, keys);
    }

    private static IEnumerable<string> HostsOf(SiteClusterOptions options, string site) =>
        Enumerable.Range(1, options.HostsPerSite).Select(number => $"{site}-{number}");

    private IEnumerable<SiteHost> Members() =>
        Hosts.Where(host => Options.Sites.Contains(host.Site) && host.Name != EtcdHost(host.Site));
}
