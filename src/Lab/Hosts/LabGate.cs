using System.Net;
using Holdfast.Harness;
using Holdfast.Harness.Members;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;
using Holdfast.Lab.Clients;
using Npgsql;

namespace Holdfast.Lab.Hosts;

/// <summary>A gate beside the clients, outside the network that is cut: it reaches whom they reach, so a deposed primary, too.</summary>
internal sealed class LabGate : IAsyncDisposable
{
    private static readonly TimeSpan ListensWithin = TimeSpan.FromSeconds(60);
    private readonly int[] _ports = FreePorts.Take(3);
    private ChildProcess? _process;

    public (string ReadWrite, string ReadOnly) Addresses => ($"127.0.0.1:{_ports[0]}", $"127.0.0.1:{_ports[1]}");

    /// <exception cref="InvalidOperationException">Not started yet.</exception>
    public ChildProcess Process => _process ?? throw new InvalidOperationException("the gate was never started");

    /// <summary>How an application connects, with the login that a member would take.</summary>
    public Door DoorFor(MemberHost member) => new(
        "gate", new NpgsqlConnectionStringBuilder(Application.ConnectionTo(member)) { Host = "127.0.0.1", Port = _ports[0] }.ConnectionString);

    /// <summary>Starts it; it forwards when there is a primary.</summary>
    public async Task StartAsync(string systemFile, string log)
    {
        _process = ChildProcess.Start(
            HoldfastProgram.Command.File, [HoldfastProgram.Command.Dll, "gate", "--api", $"127.0.0.1:{_ports[2]}", systemFile], log);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.TrueAsync(
            async () => await AnswersAsync(client) ||
                (Process.HasExited ? throw new InvalidOperationException($"the gate ended with {Process.ExitCode}: {Process.LogTail()}") : false),
            ListensWithin, () => $"the gate does not start: {Process.LogTail()}");
    }

    public async ValueTask DisposeAsync() => await (_process?.KillAsync() ?? Task.CompletedTask);

    private async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{_ports[2]}/status"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return false; // not yet
        }
    }
}
