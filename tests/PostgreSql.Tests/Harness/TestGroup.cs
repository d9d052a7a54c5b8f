using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Harness;

/// <summary>
/// Members a, b, c … of one store on this machine, each with a real server in a temporary folder. All servers are ended with the group,
/// whatever happened.
/// </summary>
internal sealed class TestGroup : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);
    private readonly ConcurrentDictionary<string, PostgreSqlEngine> _engines = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, Secret> _credentials;
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(180));

    /// <param name="remote">Members at the other site.</param>
    /// <param name="shape">Changes the store; it is told the folder of the group.</param>
    public TestGroup(
        int members, Func<PostgreSqlSpec, PostgreSqlSpec>? configure = null, string? root = null, string remote = "",
        Func<StoreSpec, string, StoreSpec>? shape = null)
    {
        Root = root is null ? NewRoot() : Directory.CreateDirectory(root).FullName;
        var spec = new PostgreSqlSpec
        {
            ClientAuthentication = ["host all all 127.0.0.1/32 trust"],
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("shared_buffers", "16MB").Add("max_wal_size", "128MB")
                .Add("dynamic_shared_memory_type", "mmap"),
        };
        var specs = Enumerable.Range(0, members).Select(i => ((char)('a' + i)).ToString()).Select(name => new MemberSpec
        {
            Name = name,
            Site = remote.Contains(name, StringComparison.Ordinal) ? "there" : "here",
            Address = new Endpoint("127.0.0.1", FreePort.Next()),
            Agent = new Endpoint("127.0.0.1", FreePort.Next()),
            Data = Path.Combine(Root, name),
        });
        Store = new StoreSpec
        {
            Name = "orders",
            Kind = "postgresql",
            Members = specs.ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
            Engine = configure is null ? spec : configure(spec),
        };
        Store = shape is null ? Store : shape(Store, Root);
        _credentials = ImmutableDictionary.CreateRange(
            new[] { "replication", "rewind", "health" }.Select(name => KeyValuePair.Create(name, new Secret($"pass:{name}\\word"))));
    }

    public string Root { get; }
    public StoreSpec Store { get; }
    public ConcurrentQueue<string> Log { get; } = new();
    /// <summary>Deadline of the whole test.</summary>
    public CancellationToken Token => _deadline.Token;

    public PostgreSqlEngine this[string name] => _engines.GetOrAdd(name, _ => NewEngine(name));

    public static IProgress<JobProgress> NoProgress { get; } = new Collected();

    public MemberSpec Spec(string name) => Store.Members[name];

    /// <summary>Another engine for the same member, as a restarted agent would make it.</summary>
    public PostgreSqlEngine NewEngine(string name)
    {
        var engine = new PostgreSqlEngine(Store, Spec(name), TimeProvider.System, line => Log.Enqueue($"{name}: {line}"));
        engine.UseCredentials(_credentials);
        return engine;
    }

    /// <summary>What the agent does on a restart: the old engine goes, the server stays.</summary>
    public async Task<PostgreSqlEngine> RestartAgentAsync(string name)
    {
        if (_engines.TryRemove(name, out var old))
        {
            await old.DisposeAsync();
        }

        return this[name];
    }

    /// <summary>A member with an initialised data directory, not started.</summary>
    public async Task<PostgreSqlEngine> SeedAsync(string name)
    {
        await RunAsync("cp", "-a", await Template.Value, Spec(name).Data);
        return this[name];
    }

    /// <summary>A running primary with its roles, acknowledging alone.</summary>
    public async Task<PostgreSqlEngine> StartPrimaryAsync(string name, bool gateOpen = true)
    {
        var engine = await SeedAsync(name);
        await engine.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, gateOpen), Token);
        await Eventually(engine, view => view.Process == ProcessState.Running && view.Role == MemberRole.Primary);
        await engine.PrepareAccessAsync(Token);
        await engine.KeepLogForAsync([.. Store.Members.Keys.Where(member => member != name)], Token);
        return engine;
    }

    /// <summary>A standby cloned from a primary, started and streaming from it.</summary>
    public async Task<PostgreSqlEngine> AddStandbyAsync(string name, string upstream)
    {
        var engine = this[name];
        await engine.CloneAsync(upstream, NoProgress, Token);
        await engine.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), Token);
        await Eventually(engine, view => view.Position is not null);
        await engine.AttachAsync(upstream, Token);
        await Eventually(engine, view => view.Streaming);
        return engine;
    }

    /// <summary>Primary a with standbys; one of the standbys must acknowledge.</summary>
    public static async Task<TestGroup> StartedAsync(int members, int acks = 1, Func<PostgreSqlSpec, PostgreSqlSpec>? configure = null)
    {
        var group = new TestGroup(members, configure);
        try
        {
            await group.StartPrimaryAsync("a");
            foreach (var name in group.Store.Members.Keys.Skip(1))
            {
                await group.AddStandbyAsync(name, "a");
            }

            if (members > 1)
            {
                await group.SetRuleAsync("a", new SyncRule(group.Store.Members.Keys.Skip(1), acks));
            }

            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public async Task SetRuleAsync(string name, SyncRule rule)
    {
        await this[name].SetSyncAsync(rule, Token);
        await Eventually(this[name], view => view.EffectiveSync == rule);
    }

    /// <summary>Observes until the condition holds; says what was seen last when it never does.</summary>
    public async Task<EngineView> Eventually(PostgreSqlEngine engine, Func<EngineView, bool> condition, int seconds = 20)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await engine.ObserveAsync(Token);
            if (condition(view))
            {
                return view;
            }

            if (TimeProvider.System.GetElapsedTime(start).TotalSeconds > seconds)
            {
                throw new TimeoutException(
                    $"not seen within {seconds} s; last: {view}; standbys {string.Join(",", view.Standbys)}\n{string.Join('\n', Log)}");
            }

            await Task.Delay(5, Token);
        }
    }

    /// <summary>An ordinary client.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string name, int commandTimeoutSeconds = 20, string database = "postgres")
    {
        var connection = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={Spec(name).Address.Port};Username=postgres;Database={database};Pooling=false;Timeout=5;" +
            $"Command Timeout={commandTimeoutSeconds};Cancellation Timeout=-1");
        await connection.OpenAsync(Token);
        return connection;
    }

    public async Task ExecuteAsync(string name, string sql, string database = "postgres")
    {
        await using var connection = await ConnectAsync(name, database: database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task<string?> AskAsync(string name, string sql, string database = "postgres")
    {
        await using var connection = await ConnectAsync(name, database: database);
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync(Token))?.ToString();
    }

    /// <summary>The main process as the server itself writes it down.</summary>
    public int PostmasterPid(string name) => int.Parse(File.ReadLines(Path.Combine(Spec(name).Data, "postmaster.pid")).First());

    public async ValueTask DisposeAsync()
    {
        foreach (var name in Store.Members.Keys.Where(name => Directory.Exists(Spec(name).Data)))
        {
            await this[name].StopAsync(StopMode.Immediate, CancellationToken.None);
            await RemoveSharedMemoryAsync(Path.Combine(Spec(name).Data, "postmaster.pid"));
        }

        foreach (var engine in _engines.Values)
        {
            await engine.DisposeAsync();
        }

        _deadline.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>A server that was killed leaves its segment to its next start, which does not come here.</summary>
    private static async Task RemoveSharedMemoryAsync(string pidFile)
    {
        const int SegmentLine = 6;
        if (File.Exists(pidFile) && await File.ReadAllLinesAsync(pidFile) is { Length: > SegmentLine } lines &&
            lines[SegmentLine].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var segment])
        {
            await RunAsync("ipcrm", "-m", segment);
        }
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {await errors}");
        return output;
    }

    /// <summary>In memory where there is room: what is tested does not depend on the disk, but the time that flushing takes does.</summary>
    private static string NewRoot()
    {
        const string Memory = "/dev/shm";
        const long Enough = 2L << 30;
        return Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > Enough
            ? Directory.CreateDirectory(Path.Combine(Memory, Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory("hf").FullName;
    }

    private static async Task<string> MakeTemplateAsync()
    {
        var group = new TestGroup(1);
        await group["a"].InitialiseAsync(NoProgress, group.Token);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(group.Root, recursive: true);
        return group.Spec("a").Data;
    }
}

/// <summary>Keeps what a job reported, in order.</summary>
internal sealed class Collected : IProgress<JobProgress>
{
    public ConcurrentQueue<JobProgress> Reports { get; } = new();
    public void Report(JobProgress value) => Reports.Enqueue(value);
}
