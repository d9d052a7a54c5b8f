using System.Globalization;
using Holdfast.Engines.Redis.Files;

namespace Holdfast.Engines.Redis.Server;

/// <summary>Starts and stops one server, and watches its process: the member's own, or one that makes a copy.</summary>
/// <param name="place">Where its files are.</param>
internal sealed class ServerProcess(ServerPlace place, Programs programs, TimeProvider time, Action<string> log) : IDisposable
{
    private readonly WatchedServer _server = new(place.Data, () => Find(place), () => Processes(place), time, log);

    /// <summary>The process has ended; on the watching thread.</summary>
    public event Action? Exited
    {
        add => _server.Exited += value;
        remove => _server.Exited -= value;
    }

    /// <summary>The server that runs now, whoever started it. Null: none.</summary>
    public HostProcess? Current => _server.Current;

    /// <summary>
    /// Starts the server in a session of its own, so that it outlives the agent; returns once it has bound its addresses.
    /// </summary>
    /// <exception cref="EngineException">It ended again at once; the message says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var program = await programs.RequireAsync(cancellationToken);
        await _server.EndAllAsync();
        LogFile.Rotate(place.Log);
        File.Delete(place.PidFile);
        File.Delete(place.Socket);
        var logStart = LogFile.Length(place.Log);
        if (!await _server.StartAsync(program, [place.Configuration], place.Log, server => PidInFile(place) == server.Pid, cancellationToken))
        {
            throw new EngineException(ServerLog.ExplainExit(place, logStart));
        }
    }

    /// <summary>Waits for an end that somebody has asked for. False: the deadline came first.</summary>
    public Task<bool> EndsAsync(HostProcess server, CancellationToken cancellationToken) => _server.EndsAsync(server, cancellationToken);

    /// <summary>Asks it by signal to end in good order.</summary>
    public static void AskToEnd(HostProcess server) => Native.Signal(server.Pid, Native.Terminate);

    /// <summary>At once. Not to be cancelled: fencing must end in no process.</summary>
    public Task StopImmediatelyAsync() => _server.EndAllAsync();

    public void Dispose() => _server.Dispose();

    private static HostProcess? Find(ServerPlace place) =>
        PidInFile(place) is { } pid && ProcFs.StartTicks(pid) is { } ticks && IsServer(place, pid) ? new HostProcess(pid, ticks) : null;

    private static int? PidInFile(ServerPlace place) =>
        int.TryParse(AtomicFile.ReadOrNull(place.PidFile)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>It works in the data directory and shows itself as a server; a process of its own that writes a snapshot does not.</summary>
    private static bool IsServer(ServerPlace place, int pid) => WorksIn(place, pid) && ProcFs.Title(pid).Contains("-server", StringComparison.Ordinal);

    /// <summary>The server and what it has started.</summary>
    private static List<int> Processes(ServerPlace place) => [.. ProcFs.Pids().Where(pid => WorksIn(place, pid) && IsOfServer(pid))];

    private static bool WorksIn(ServerPlace place, int pid) =>
        Native.Identify(place.Data) is { } data && Native.Identify($"/proc/{pid}/cwd") is { } cwd && cwd.IsSameAs(data) && ProcFs.StartTicks(pid) is not null;

    private static bool IsOfServer(int pid) =>
        ProcFs.Program(pid) is { } program &&
        (program.StartsWith("redis-", StringComparison.Ordinal) || program.StartsWith("valkey-", StringComparison.Ordinal));
}

/// <summary>Where the files of one server are.</summary>
internal sealed record ServerPlace(string Data, string Configuration, string Socket, string PidFile, string Log)
{
    public static ServerPlace OfMember(Layout layout) => new(layout.Data, layout.Configuration, layout.Socket, layout.PidFile, layout.ServerLog);

    public static ServerPlace OfCopy(Layout layout) =>
        new(layout.CloneDirectory, layout.CloneConfiguration, layout.CloneSocket, Path.Combine(layout.RunDirectory, "clone.pid"), layout.CloneLog);

    public static ServerPlace OfComparison(Layout layout) => new(
        layout.ComparedDirectory, layout.ComparedConfiguration, layout.ComparedSocket, Path.Combine(layout.RunDirectory, "compared.pid"), layout.ComparedLog);

    public static ServerPlace OfRestore(Layout layout) => new(
        layout.RestoredDirectory, layout.RestoredConfiguration, layout.RestoredSocket, Path.Combine(layout.RunDirectory, "restored.pid"), layout.RestoredLog);
}
