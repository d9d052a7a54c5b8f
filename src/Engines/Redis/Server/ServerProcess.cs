using System.Globalization;
using Holdfast.Engines.Redis.Files;

namespace Holdfast.Engines.Redis.Server;

/// <summary>Starts and stops one server, and watches its process: the member's own, or one that makes a copy.</summary>
/// <param name="place">Where its files are.</param>
internal sealed class ServerProcess(ServerPlace place, Programs programs, TimeProvider time, Action<string> log) : IDisposable
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private ProcessWatch? _watch;

    /// <summary>The process has ended; on the watching thread.</summary>
    public event Action? Exited;

    /// <summary>The server that runs now, whoever started it. Null: none.</summary>
    public HostProcess? Current
    {
        get
        {
            lock (_lock)
            {
                if (_watch is { HasEnded: false, Target.IsAlive: true } watch)
                {
                    return watch.Target;
                }

                return Find() is { } found && TryWatch(found) ? found : null;
            }
        }
    }

    /// <summary>
    /// Starts the server in a session of its own, so that it outlives the agent; returns once it has bound its addresses.
    /// </summary>
    /// <exception cref="EngineException">It ended again at once; the message says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var program = await programs.RequireAsync(cancellationToken);
        await EndProcessesAsync();
        ServerLog.Rotate(place.Log);
        File.Delete(place.PidFile);
        File.Delete(place.Socket);
        var logStart = ServerLog.Length(place.Log);
        // The shell ends at once: the server's parent is then the machine's first process, never the agent.
        const string Script = """cd / && umask 077 && { setsid "$0" "$1" </dev/null >>"$2" 2>&1 & } && echo $!""";
        var result = await ToolRun.RunAsync("/bin/sh", ["-c", Script, program, place.Configuration, place.Log], null, null, cancellationToken);
        if (result.ExitCode != 0 || !int.TryParse(result.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            throw new EngineException($"cannot start the server of {place.Data}: {result.Reason}");
        }

        if (ProcFs.StartTicks(pid) is not { } ticks || !await BindsAsync(new HostProcess(pid, ticks), cancellationToken))
        {
            throw new EngineException(ServerLog.ExplainExit(place, logStart));
        }

        log($"server of {place.Data} started, pid {pid}");
    }

    /// <summary>Waits for an end that somebody has asked for. False: the deadline came first.</summary>
    public async Task<bool> EndsAsync(HostProcess server, CancellationToken cancellationToken)
    {
        ProcessWatch? watch;
        lock (_lock)
        {
            watch = _watch;
        }

        if (watch is null || watch.Target != server)
        {
            return !server.IsAlive;
        }

        try
        {
            await watch.Ended.WaitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Asks it by signal to end in good order.</summary>
    public static void AskToEnd(HostProcess server) => Native.Signal(server.Pid, Native.Terminate);

    /// <summary>At once. Not to be cancelled: fencing must end in no process.</summary>
    public Task StopImmediatelyAsync() => EndProcessesAsync();

    public void Dispose()
    {
        lock (_lock)
        {
            _watch?.Dispose();
            _watch = null;
        }
    }

    private HostProcess? Find() =>
        PidInFile() is { } pid && ProcFs.StartTicks(pid) is { } ticks && IsServer(pid) ? new HostProcess(pid, ticks) : null;

    private int? PidInFile() =>
        int.TryParse(AtomicFile.ReadOrNull(place.PidFile)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>It works in the data directory and shows itself as a server; a process of its own that writes a snapshot does not.</summary>
    private bool IsServer(int pid) => WorksHere(pid) && ProcFs.Title(pid).Contains("-server", StringComparison.Ordinal);

    private bool WorksHere(int pid) =>
        Native.Identify(place.Data) is { } data && Native.Identify($"/proc/{pid}/cwd") is { } cwd && cwd.IsSameAs(data) && ProcFs.StartTicks(pid) is not null;

    private async Task<bool> BindsAsync(HostProcess server, CancellationToken cancellationToken)
    {
        ProcessWatch? watch;
        lock (_lock)
        {
            watch = ProcessWatch.Start(server, () => OnEnd(server));
            _watch?.Dispose();
            _watch = watch;
        }

        if (watch is null)
        {
            return false;
        }

        await Wait.UntilAsync(time, Wait.Fine, () => Task.FromResult(watch.HasEnded || PidInFile() == server.Pid), cancellationToken);
        return !watch.HasEnded;
    }

    private bool TryWatch(HostProcess server)
    {
        if (_watch?.Target == server)
        {
            return !_watch.HasEnded;
        }

        _watch?.Dispose();
        _watch = ProcessWatch.Start(server, () => OnEnd(server));
        return _watch is not null;
    }

    private void OnEnd(HostProcess server)
    {
        log($"server of {place.Data} has ended, pid {server.Pid}");
        Exited?.Invoke();
    }

    /// <summary>The server and what it has started: until none is left nothing may start on the same data, and nothing counts as stopped.</summary>
    private async Task EndProcessesAsync()
    {
        List<int> left = [];
        var gone = await Wait.UntilAsync(time, Wait.Fine, KillLimit, () =>
        {
            left = [.. ProcFs.Pids().Where(pid => WorksHere(pid) && IsOfServer(pid))];
            foreach (var pid in left)
            {
                Native.Signal(pid, Native.Kill);
            }

            return Task.FromResult(left.Count == 0);
        }, CancellationToken.None);
        if (!gone)
        {
            throw new EngineException(
                $"processes {string.Join(", ", left)} of the server of {place.Data} do not end though killed: " +
                "they wait for the disk; check it, or restart the host");
        }
    }

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
}
