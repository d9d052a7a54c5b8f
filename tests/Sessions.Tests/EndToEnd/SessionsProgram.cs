using System.Text.Json.Nodes;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>The sample itself, as a process.</summary>
internal sealed class SessionsProgram : IAsyncDisposable
{
    private readonly string _folder = RunFolder.Make("program");
    private readonly ChildProcess _process;

    public SessionsProgram(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        _process = ChildProcess.Start(
            Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "sessions.dll"), .. arguments],
            Path.Combine(_folder, "log"), _folder, environment);

    /// <summary>Where <c>serve</c> listens.</summary>
    public string? Url { get; private init; }

    public string Output => File.Exists(Path.Combine(_folder, "log")) ? File.ReadAllText(Path.Combine(_folder, "log")) : "";

    /// <summary>An instance of the application that answers.</summary>
    public static async Task<SessionsProgram> ServeAsync(
        string store, string name = "a", int? port = null, IReadOnlyDictionary<string, string?>? environment = null, params string[] further)
    {
        var program = Begin(store, name, port, environment, further);
        await program.UntilAsync("listens on");
        return program;
    }

    /// <summary>Several at one moment.</summary>
    public static async Task<SessionsProgram[]> ServeAllAsync(string store, string[] names, params string[] further)
    {
        var all = names.Select(name => Begin(store, name, null, null, further)).ToArray();
        foreach (var program in all)
        {
            await program.UntilAsync("listens on");
        }

        return all;
    }

    /// <summary>Users who have signed in and click until they are told to stop.</summary>
    public static async Task<SessionsProgram> DriveAsync(IEnumerable<SessionsProgram> instances, params string[] further)
    {
        var program = new SessionsProgram(
        [
            "drive", .. instances.SelectMany(its => (string[])["--target", its.Url!]),
            "--users", "20", "--pace", "200ms", "--duration", "1h", "--json", .. further,
        ]);
        await program.UntilAsync("20 of 20 users are signed in");
        return program;
    }

    /// <summary>What it printed, and its exit status, once it has ended by itself.</summary>
    public static async Task<(int Status, string Output)> RunAsync(params string[] arguments)
    {
        await using var program = new SessionsProgram(arguments);
        var status = await program.EndAsync();
        return (status, program.Output);
    }

    public async Task UntilAsync(string text)
    {
        await Eventually.TrueAsync(
            () => _process.HasExited || Output.Contains(text, StringComparison.Ordinal), StoreServer.Deadline, () => $"it does not say '{text}': {Output}");
        Output.ShouldContain(text);
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(StoreServer.Deadline);
        return _process.ExitCode!.Value;
    }

    /// <summary>Tells the driver to stop, and reads its report.</summary>
    public async Task<(int Status, JsonObject Report)> ReportAsync()
    {
        (await _process.StopAsync(StoreServer.Deadline)).ShouldBeTrue();
        return Read();
    }

    public (int Status, JsonObject Report) Read() =>
        (_process.ExitCode!.Value, JsonNode.Parse(Output[Output.IndexOf("\n{", StringComparison.Ordinal)..])!.AsObject());

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>An instance that need not answer yet.</summary>
    public static SessionsProgram Begin(
        string store, string name, int? port = null, IReadOnlyDictionary<string, string?>? environment = null, params IEnumerable<string> further)
    {
        var address = $"127.0.0.1:{port ?? FreePorts.Take()}";
        return new SessionsProgram(["serve", "--store", store, "--listen", address, "--instance", name, .. further], environment) { Url = $"http://{address}" };
    }
}
