using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Ports;

namespace Holdfast.Harness.Members;

/// <summary>A whole group on loopback: real etcd, real agents, real servers, in a temporary folder, all gone on dispose.</summary>
public sealed class Group : IAsyncDisposable
{
    public const string KeyPrefix = "/holdfast/test/orders/home/";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new("g");
    private bool _failed;

    private Group(GroupOptions options, EtcdCluster etcd)
    {
        (Options, Etcd) = (options, etcd);
        var ports = FreePorts.Take(2 * options.Members);
        Rows = new RowTable(Enumerable.Range(0, options.Members).Select(index => $"127.0.0.1:{ports[2 * index]}"));
        Keys = new KeyStore(Enumerable.Range(0, options.Members).Select(index => $"127.0.0.1:{ports[2 * index]}"), Rows.Password);
        Hosts =
        [
            .. Enumerable.Range(1, options.Members).Select(number => new MemberHost(
                $"m{number}", options.Folders.GetValueOrDefault(number) ?? _folder.File($"m{number}"), _folder.File($"m{number}.log"),
                ports[2 * (number - 1)], ports[(2 * (number - 1)) + 1], SystemFile, Rows.Password)),
        ];
        WritePrivate(KeyStore.PasswordFile(Folder), Rows.Password);
        WritePrivate(TokenFile, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");
        Configure(options);
    }

    public GroupOptions Options { get; private set; }
    public EtcdCluster Etcd { get; }
    public ImmutableArray<MemberHost> Hosts { get; }
    /// <summary>The application's table, in a store of PostgreSQL.</summary>
    public RowTable Rows { get; }
    /// <summary>The application's keys, in a store of Redis.</summary>
    public KeyStore Keys { get; }
    public string Folder => _folder.Path;
    public string SystemFile => _folder.File("holdfast.yaml");
    public string TokenFile => _folder.File("token");

    public MemberHost Host(string name) => Hosts.Single(host => host.Name == name);
    public IEnumerable<MemberHost> Others(MemberHost host) => Hosts.Where(other => other != host);

    /// <summary>The folder, the file and etcd; no agent yet.</summary>
    public static async Task<Group> PrepareAsync(GroupOptions? options = null, EtcdOptions? etcd = null) =>
        new(options ?? new GroupOptions(), await EtcdCluster.StartAsync(etcd));

    /// <summary>A healthy group, of PostgreSQL with the application's table.</summary>
    public static async Task<Group> StartAsync(GroupOptions? options = null)
    {
        var group = await PrepareAsync(options);
        try
        {
            group.StartAgents();
            var primary = group.Host((await group.HealthyAsync()).Primary!);
            await (group.Options.Kind == GroupOptions.PostgreSql ? group.Rows.CreateAsync(primary) : Task.CompletedTask);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Adds to the file a store of the same kind, with members of these names in the group's folder; none of their agents is started. Who makes them ends them.
    /// </summary>
    /// <param name="more">Further keys of it, one line each; <c>FOLDER</c> in them stands for the group's folder.</param>
    public ImmutableArray<MemberHost> AddStore(string store, IEnumerable<string> more, params ImmutableArray<string> members)
    {
        var ports = FreePorts.Take(2 * members.Length);
        ImmutableArray<MemberHost> hosts =
        [
            .. members.Select((name, index) => new MemberHost(
                name, _folder.File(name), _folder.File($"{name}.log"), ports[2 * index], ports[(2 * index) + 1], SystemFile, Rows.Password)),
        ];
        File.AppendAllText(SystemFile, GroupFile.Store(Options with { Store = [.. more] }, store, TokenFile, hosts));
        return hosts;
    }

    /// <summary>Writes the file anew; agents read it when they start.</summary>
    public void Configure(GroupOptions options)
    {
        Options = options;
        File.WriteAllText(SystemFile, GroupFile.Text(options, Etcd.Endpoints, TokenFile, Hosts));
    }

    public void StartAgents()
    {
        foreach (var host in Hosts)
        {
            host.StartAgent();
        }
    }

    /// <summary>Waits until every member is as it should be, as each agent says of its own, and all agree on the primary.</summary>
    public async Task<SeenStatus> HealthyAsync(TimeSpan? deadline = null)
    {
        SeenStatus?[] seen = [];
        await Eventually.TrueAsync(
            async () => IsHealthy(seen = await Task.WhenAll(Hosts.Select(host => host.StatusAsync()))), deadline ?? Patience,
            () => Fail("the group does not become healthy:\n" +
                string.Join('\n', Hosts.Zip(seen, (host, status) => $"{host.Name} says: {status?.ToString() ?? "nothing"}"))));
        return seen.First(status => status!.Of(status.Primary!).Role == "primary")!;
    }

    /// <summary>The member that is primary now and says so itself.</summary>
    public async Task<MemberHost> PrimaryAsync() => Host((await HealthyAsync()).Primary!);

    /// <summary>Waits until another member than this one is primary and serves.</summary>
    public async Task<MemberHost> TakenOverAsync(MemberHost from, TimeSpan deadline)
    {
        MemberHost? taker = null;
        await Eventually.TrueAsync(
            async () =>
            {
                foreach (var host in Others(from))
                {
                    if (await host.StatusAsync() is { } status && status.Primary == host.Name && status.Of(host.Name).Healthy)
                    {
                        taker = host;
                    }
                }

                return taker is not null;
            },
            deadline, () => Fail($"nobody takes over from {from.Name}"));
        return taker!;
    }

    /// <summary>A verb of the program on this group's file.</summary>
    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) =>
        HoldfastProgram.RunAsync(TimeSpan.FromSeconds(90), [.. arguments, "--file", SystemFile]);

    /// <summary>A key of the group in etcd, as text; null: there is none.</summary>
    public async Task<string?> KeyAsync(string name)
    {
        var answer = await Etcd.Admin.CallAsync("kv/range", new { key = Encoding.UTF8.GetBytes(KeyPrefix + name) });
        return answer.TryGetProperty("kvs", out var found) ? Encoding.UTF8.GetString(found[0].GetProperty("value").GetBytesFromBase64()) : null;
    }

    public Task PutKeyAsync(string name, string value) =>
        Etcd.Admin.CallAsync("kv/put", new { key = Encoding.UTF8.GetBytes(KeyPrefix + name), value = Encoding.UTF8.GetBytes(value) });

    /// <summary>The record, as it is in etcd.</summary>
    public async Task<JsonElement> RecordAsync() => JsonDocument.Parse(await KeyAsync("record") ?? "null").RootElement;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Hosts.Select(host => host.DisposeAsync().AsTask()));
        await Etcd.DisposeAsync();
        if (_failed && Environment.GetEnvironmentVariable("HOLDFAST_TEST_KEEP") is not null)
        {
            _folder.Keep();
        }

        _folder.Dispose();
    }

    /// <summary>The last lines of all agents, for messages.</summary>
    public string Logs() => string.Join('\n', Hosts.Select(host => $"--- log of {host.Name} ({host.AgentLog})\n{Tail(host.Log())}"));

    /// <summary>A file that only its owner can read.</summary>
    public static void WritePrivate(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string Fail(string message)
    {
        _failed = true;
        return $"{message}\n{Logs()}";
    }

    private static string Tail(string log) => string.Join('\n', log.Split('\n').TakeLast(25));

    private bool IsHealthy(SeenStatus?[] seen) =>
        seen.All(status => status is { Primary: { } primary, Paused: false, CoordinationReachable: true } && primary == seen[0]!.Primary &&
            status.Epoch == seen[0]!.Epoch) &&
        seen.Zip(Hosts).All(pair => pair.First!.Of(pair.Second.Name).Healthy) &&
        (Options.Rpo != "0s" ||
            seen.All(status => status!.Mode == "zero-loss" && status.Candidates.Length == Hosts.Length - 1 && status.SafeToLoseHost));
}
