using System.Text.Json;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Network;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;
using Npgsql;

namespace Holdfast.Gate.Tests.EndToEnd;

/// <summary>A real <c>holdfast gate</c> in a process of its own, which reaches etcd through a relay that can be made to fail.</summary>
public sealed class RunningGate : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly TemporaryFolder _folder = new("gate");
    private readonly int _api = FreePorts.Take();
    private ChildProcess? _process;

    private RunningGate(int etcd) => Etcd = new TcpRelay(etcd);

    /// <summary>Between the gate and etcd.</summary>
    public TcpRelay Etcd { get; }
    public int ReadWrite { get; } = FreePorts.Take();
    public int ReadOnly { get; } = FreePorts.Take();
    public ChildProcess Process => _process!;
    public string Log => _process!.LogTail(200);

    /// <summary>A gate for a running group; on return it forwards to the primary.</summary>
    /// <param name="keys">Further keys of the section <c>gate</c>, such as <c>hold: 2s</c>.</param>
    public static async Task<RunningGate> StartAsync(Group group, params string[] keys)
    {
        var gate = await LaunchAsync(await File.ReadAllTextAsync(group.SystemFile), group.Etcd.Servers[0].ClientPort, keys);
        try
        {
            await gate.SaysAsync(status => status.Stores[0].Admits && status.Stores[0].Standbys.Length == group.Hosts.Length - 1, "it forwards");
            return gate;
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    /// <summary>A gate for any file with one store; returns when its ports listen.</summary>
    public static async Task<RunningGate> LaunchAsync(string file, int etcd, params string[] keys)
    {
        var gate = new RunningGate(etcd);
        try
        {
            string[] all = [$"read-write: \"127.0.0.1:{gate.ReadWrite}\"", $"read-only: \"127.0.0.1:{gate.ReadOnly}\"", .. keys];
            var text = file.Replace($":{etcd}\"", $":{gate.Etcd.Port}\"", StringComparison.Ordinal)
                .Replace("    kind: postgresql\n", $"    kind: postgresql\n    gate: {{ {string.Join(", ", all)} }}\n", StringComparison.Ordinal);
            text.ShouldContain($":{gate.Etcd.Port}\"");
            var path = gate._folder.File("holdfast.yaml");
            await File.WriteAllTextAsync(path, text);
            gate._process = ChildProcess.Start(
                HoldfastProgram.Command.File, [HoldfastProgram.Command.Dll, "gate", path, "--api", $"127.0.0.1:{gate._api}"], gate._folder.File("gate.log"));
            await Eventually.TrueAsync(
                async () => await gate.StatusAsync() is not null, TimeSpan.FromSeconds(60), () => $"the gate does not start:\n{gate.Log}");
            return gate;
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    public async Task<Api.GateStatus?> StatusAsync()
    {
        try
        {
            return JsonSerializer.Deserialize<Api.GateStatus>(
                await Http.GetStringAsync(new Uri($"http://127.0.0.1:{_api}/status")), JsonSerializerOptions.Web);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public Task<string> MetricsAsync() => Http.GetStringAsync(new Uri($"http://127.0.0.1:{_api}/metrics"));

    public async Task<Api.StoreGateStatus> SaysAsync(Func<Api.GateStatus, bool> wanted, string what)
    {
        Api.GateStatus? last = null;
        await Eventually.TrueAsync(
            async () => (last = await StatusAsync()) is { } status && wanted(status), TimeSpan.FromSeconds(60),
            () => $"the gate does not come to say that {what}; it says {JsonSerializer.Serialize(last)}\n{Log}");
        return last!.Stores[0];
    }

    /// <summary>How an application connects through the gate: one address, and no wish for a role.</summary>
    public static string ConnectionString(Group group, int port) =>
        new NpgsqlConnectionStringBuilder(group.Hosts[0].ApplicationConnection) { Host = "127.0.0.1", Port = port, Timeout = 20 }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }

        await Etcd.DisposeAsync();
        _folder.Dispose();
    }
}
