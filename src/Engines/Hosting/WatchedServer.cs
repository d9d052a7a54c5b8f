using System.Globalization;

namespace Holdfast.Engines.Hosting;

/// <summary>The processes of one server: the main one found, started and watched, whoever started it, and all of them ended.</summary>
/// <param name="data">Its data directory, for messages.</param>
/// <param name="find">Its main process, by its files and verified against the kernel; null: none.</param>
/// <param name="processes">All living processes of it, orphans included.</param>
internal sealed class WatchedServer(string data, Func<HostProcess?> find, Func<List<int>> processes, TimeProvider time, Action<string> log) : IDisposable
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private ProcessWatch? _watch;
    private bool _starting;

    /// <summary>The main process has ended; on the watching thread.</summary>
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

                return find() is { } found && TryWatch(found) ? found : null;
            }
        }
    }

    /// <summary>
    /// Starts the server in a session of its own, so that it outlives the agent; returns once it has bound its addresses. False: it ended again at once.
    /// </summary>
    /// <param name="output">A file to which what it says is appended.</param>
    /// <exception cref="EngineException">It could not be started at all.</exception>
    public async Task<bool> StartAsync(
        string program, IEnumerable<string> arguments, string output, Func<HostProcess, bool> hasBound, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _starting = true;
        }

        try
        {
            return await LaunchAsync(program, arguments, output, hasBound, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _starting = false;
            }
        }
    }

    private async Task<bool> LaunchAsync(
        string program, IEnumerable<string> arguments, string output, Func<HostProcess, bool> hasBound, CancellationToken cancellationToken)
    {
        // The shell ends at once: the server's parent is then the machine's first process, never the agent.
        const string Script = """cd / && umask 077 && out=$1 && shift && { setsid "$0" "$@" </dev/null >>"$out" 2>&1 & } && echo $!""";
        var result = await ToolRun.RunAsync("/bin/sh", ["-c", Script, program, output, .. arguments], null, null, cancellationToken);
        if (result.ExitCode != 0 || !int.TryParse(result.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            throw new EngineException($"cannot start the server of {data}: {result.Reason}");
        }

        if (ProcFs.StartTicks(pid) is not { } ticks || !await BindsAsync(new HostProcess(pid, ticks), hasBound, cancellationToken))
        {
            return false;
        }

        log($"server of {data} started, pid {pid}");
        return true;
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

    /// <summary>
    /// Kills what is left of it. What a server has started may outlive a main process that was killed, and go on with what it was at: until none is
    /// left nothing may start on the same data, and nothing counts as stopped. Not to be cancelled: fencing must end in no process.
    /// </summary>
    public async Task EndAllAsync()
    {
        List<int> left = [];
        var gone = await Wait.UntilAsync(time, Wait.Fine, KillLimit, () =>
        {
            left = processes();
            foreach (var pid in left)
            {
                Native.Signal(pid, Native.Kill);
            }

            return Task.FromResult(left.Count == 0);
        }, CancellationToken.None);
        if (!gone)
        {
            throw new EngineException(
                $"processes {string.Join(", ", left)} of the server of {data} do not end though killed: they wait for the disk; check it, or restart the host");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _watch?.Dispose();
            _watch = null;
        }
    }

    private async Task<bool> BindsAsync(HostProcess server, Func<HostProcess, bool> hasBound, CancellationToken cancellationToken)
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

        await Wait.UntilAsync(time, Wait.Fine, () => Task.FromResult(watch.HasEnded || hasBound(server)), cancellationToken);
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
        log($"server of {data} has ended, pid {server.Pid}");
        Exited?.Invoke();
        EndOrphans(server);
    }

    /// <summary>
    /// What a main process that was killed leaves behind answers on, up to a statement's end. In PostgreSQL it no longer waits for standbys either: what it
    /// wrote becomes visible there, nobody has acknowledged it, and it may be lost (R10).
    /// </summary>
    private void EndOrphans(HostProcess server)
    {
        lock (_lock)
        {
            if (_starting || _watch?.Target != server)
            {
                return; // These may be of the next one.
            }

            foreach (var pid in processes())
            {
                Native.Signal(pid, Native.Kill);
            }
        }
    }
}
