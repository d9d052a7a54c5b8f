using System.Net.Sockets;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>A real server on a free loopback port, in a folder of its own.</summary>
internal sealed class StoreServer : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly string[] Programs = ["/usr/bin/redis-server", "/usr/bin/valkey-server", "/usr/local/bin/redis-server"];
    private readonly string _folder = RunFolder.Make("store");
    private readonly string? _password;
    private readonly ChildProcess _process;

    private StoreServer(int? replicaOf, string? password)
    {
        _password = password;
        File.WriteAllText(Path.Combine(_folder, "store.conf"), $"""
            bind 127.0.0.1
            port {Port}
            dir {_folder}
            save ""
            appendonly no
            repl-diskless-sync-delay 0
            {(replicaOf is null ? "" : $"replicaof 127.0.0.1 {replicaOf}")}
            {(password is null ? "" : $"requirepass {password}")}
            """);
        _process = Launch();
    }

    public int Port { get; } = FreePorts.Take();

    public string Address => $"127.0.0.1:{Port}";

    public static async Task<StoreServer> StartAsync(string? password = null)
    {
        var server = new StoreServer(null, password);
        await server.UntilAsync(async () => (await server.CallAsync("PING")).Text == "PONG", "serve");
        return server;
    }

    /// <summary>A replica that has all that its primary has.</summary>
    public static async Task<StoreServer> StartReplicaAsync(StoreServer primary)
    {
        var server = new StoreServer(primary.Port, null);
        await server.UntilAsync(async () => (await server.CallAsync("ROLE")).Items is [_, _, _, { Text: "connected" }, ..], "follow");
        return server;
    }

    public async Task<Reply> CallAsync(params Word[] command)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var connection = await RespConnection.ConnectAsync("127.0.0.1", Port, deadline.Token);
        if (_password is not null)
        {
            await connection.CallAsync(["AUTH", _password], deadline.Token);
        }

        return await connection.CallAsync(command, deadline.Token);
    }

    public async Task PromoteAsync() => (await CallAsync("REPLICAOF", "NO", "ONE")).Text.ShouldBe("OK");

    /// <summary>With kindness: it waits until its replicas have everything.</summary>
    public async Task StopAsync() => (await _process.StopAsync(Deadline)).ShouldBeTrue();

    public Task FreezeAsync() => _process.FreezeAsync();

    /// <summary>All clicks that the store knows of.</summary>
    public async Task<int> ClicksAsync() => (await SignedInAsync()).Sum(who => who.Clicks);

    public async Task<IReadOnlyList<Application.SignedIn>> SignedInAsync() =>
        [.. ((await CallAsync("HVALS", "sessions:signed-in")).Items ?? []).Select(item =>
            System.Text.Json.JsonSerializer.Deserialize<Application.SignedIn>(item.Bytes)!)];

    /// <summary>Waits until the users have clicked so often since now.</summary>
    public async Task UntilClickedAsync(int more)
    {
        var before = await ClicksAsync();
        await Eventually.TrueAsync(async () => await ClicksAsync() >= before + more, Deadline, () => $"nobody clicks at {Address}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private ChildProcess Launch()
    {
        var program = Programs.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("redis-server is missing; scripts/install-dependencies installs it");
        return ChildProcess.Start(program, [Path.Combine(_folder, "store.conf")], Path.Combine(_folder, "store.log"), _folder);
    }

    private Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                return await condition();
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                return false; // not yet
            }
        },
        Deadline, () => $"the server on port {Port} does not {what}: {_process.LogTail()}");
}
