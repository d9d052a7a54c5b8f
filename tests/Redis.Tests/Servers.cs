using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Redis;
using Holdfast.Harness;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;

namespace Holdfast.Redis.Tests;

/// <summary>
/// Two members with real servers, driven as the rules would: 'a' is born, 'b' is its copy. Or 'b' leads another site, and 'c' there follows it.
/// </summary>
internal sealed class Servers : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new("redis");
    private readonly StoreSpec _store;
    private readonly List<RedisEngine> _made = [];

    private Servers(ImmutableSortedDictionary<string, string> settings, params ImmutableArray<(string Name, string Site)> members)
    {
        var ports = FreePorts.Take(2 * members.Length);
        _store = new StoreSpec
        {
            Name = "orders",
            Kind = GroupOptions.Redis,
            HostLoss = new ObjectiveSpec(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)),
            Engine = new RedisSpec { Programs = [$"{GroupOptions.Redis}-server", "valkey-server"], Settings = settings },
            Members = members.ToImmutableSortedDictionary(member => member.Name, member => new MemberSpec
            {
                Name = member.Name,
                Site = member.Site,
                Address = new Endpoint("127.0.0.1", ports[member.Name[0] - 'a']),
                Agent = new Endpoint("127.0.0.1", ports[member.Name[0] - 'a' + members.Length]),
                Data = _folder.File(member.Name),
            }, StringComparer.Ordinal),
            Link = new SiteLinkSpec { QueueBound = 64 << 20 },
        };
        (A, B) = (Agent("a"), Agent("b"));
    }

    public RedisEngine A { get; private set; }
    public RedisEngine B { get; private set; }

    public static async Task<Servers> StartAsync(params (string Name, string Value)[] settings)
    {
        var servers = new Servers(
            settings.ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal), ("a", "fra"), ("b", "fra"));
        await servers.BeginAsync();
        return servers;
    }

    /// <summary>'a' is the primary, 'b' leads the other site, and 'c' is not there yet.</summary>
    public static async Task<(Servers Servers, RedisEngine C)> StartAtTwoSitesAsync()
    {
        var servers = new Servers(ImmutableSortedDictionary<string, string>.Empty, ("a", "fra"), ("b", "ber"), ("c", "ber"));
        await servers.BeginAsync();
        return (servers, servers.Agent("c"));
    }

    private async Task BeginAsync()
    {
        await A.InitialiseAsync(new Progress<JobProgress>(), Stop);
        await A.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, GateOpen: true), Stop);
        await SeenAsync(A, view => view.Position is not null);
        await B.CloneAsync("a", new Progress<JobProgress>(), Stop);
        await B.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true, "a"), Stop);
        await SeenAsync(B, view => view is { Streaming: true, Position: not null });
    }

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string DataOf(string member) => _store.Members[member].Data;

    public int PortOf(string member) => _store.Members[member].Address.Port;

    /// <summary>As the application.</summary>
    public RedisClient Connect(string member) => Login(member, "app", "application-password");

    public RedisClient Login(string member, string user, string password) => new(_store.Members[member].Address.Port, user, password);

    /// <summary>As Holdfast itself.</summary>
    public RedisClient Govern(string member) =>
        Login(member, "holdfast", File.ReadAllText(DataOf(member) + ".holdfast/control.password").Trim());

    public async Task<EngineView> SeenAsync(RedisEngine engine, Func<EngineView, bool> wanted)
    {
        var view = EngineView.Nothing;
        await Eventually.TrueAsync(
            async () => wanted(view = await engine.ObserveAsync(Stop)), Soon, () => $"{view}\n{Log("a")}\n{Log("b")}");
        return view;
    }

    /// <summary>B has all that A has, and its log is whole.</summary>
    public async Task CaughtUpAsync()
    {
        using var govern = Govern("b");
        await Eventually.TrueAsync(
            () => govern.Call("INFO", "persistence")!.Split("\r\n") is var info && info.Contains("aof_enabled:1") && info.Contains("aof_rewrite_in_progress:0") &&
                info.Contains("aof_rewrite_scheduled:0"), Soon, () => Log("b"));
        var end = (await A.ObserveAsync(Stop)).Position!.Value.Lsn;
        await SeenAsync(B, view => view.Position?.Lsn >= end);
    }

    /// <summary>At once, as by the kernel.</summary>
    public async Task KillAsync(RedisEngine engine)
    {
        Posix.Send((await engine.ObserveAsync(Stop)).Main!.Pid, Signal.Kill);
        await SeenAsync(engine, view => view.Process == ProcessState.Stopped);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _made)
        {
            await engine.StopAsync(StopMode.Immediate, CancellationToken.None);
            await engine.DisposeAsync();
        }

        _folder.Dispose();
    }

    private string Log(string member) => $"{member}: {File.ReadAllText(DataOf(member) + ".holdfast/log/server.log")}";

    private RedisEngine Agent(string member)
    {
        var engine = new RedisEngine(_store, _store.Members[member], TimeProvider.System);
        engine.UseCredentials(engine.CredentialNames.ToImmutableDictionary(name => name, name => new Secret($"{name}-password"), StringComparer.Ordinal));
        _made.Add(engine);
        return engine;
    }
}
