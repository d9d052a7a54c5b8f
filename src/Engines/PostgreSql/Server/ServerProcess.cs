using System.Globalization;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>Starts and stops the server's processes, and watches the main one.</summary>
internal sealed class ServerProcess(Layout layout, Binaries binaries, TimeProvider time, Action<string> log) : IDisposable
{
    private static readonly TimeSpan FastLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private ProcessWatch? _watch;

    /// <summary>The main process has ended; on the watching thread.</summary>
    public event Action? Exited;

    /// <summary>The server that runs now, whoever started it. Null: none.</summary>
    public Postmaster? Current
    {
        get
        {
            lock (_lock)
            {
                if (_watch is { HasEnded: false, Target: Postmaster { IsAlive: true } watched })
                {
                    return watched;
                }

                return Postmaster.Find(layout) is { } found && TryWatch(found) ? found : null;
            }
        }
    }

    /// <summary>
    /// Starts the server in a session of its own, so that it outlives the agent; returns once it has bound its addresses.
    /// </summary>
    /// <exception cref="EngineException">It ended again at once; the message says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Native.EffectiveUser() == 0)
        {
            throw new EngineException("PostgreSQL refuses to run as root: run the agent as an ordinary user, such as postgres");
        }

        await EndProcessesAsync();
        ServerLog.Rotate(layout);
        foreach (var stale in (string[])[layout.PidFile, layout.Socket, layout.Socket + ".lock"])
        {
            File.Delete(stale);
        }

        var logStart = ServerLog.Length(layout);
        // The shell ends at once: the server's parent is then the machine's first process, never the agent.
        const string Script = """cd / && umask 077 && { setsid "$0" -D "$1" </dev/null >>"$2" 2>&1 & } && echo $!""";
        var result = await ToolRun.RunAsync(
            "/bin/sh", ["-c", Script, binaries.PathOf("postgres"), layout.Data, layout.ServerLog], null, null, cancellationToken);
        if (result.ExitCode != 0 || !int.TryParse(result.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            throw new EngineException($"cannot start the server of {layout.Data}: {result.Reason}");
        }

        if (ProcFs.StartTicks(pid) is not { } ticks || !await BindsAsync(new Postmaster(pid, ticks), cancellationToken))
        {
            throw new EngineException(ServerLog.ExplainExit(layout, logStart));
        }

        log($"server of {layout.Data} started, pid {pid}");
    }

    /// <summary>In good order within a limit, else by force. When it returns no process of the server is left.</summary>
    /// <param name="beside">Done from when the server has been told until it has ended; its token says that it has.</param>
    public async Task StopFastAsync(Func<CancellationToken, Task>? beside, CancellationToken cancellationToken)
    {
        if (Current is { } server && Native.Signal(server.Pid, Native.Interrupt))
        {
            using var limit = new CancellationTokenSource(FastLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            using var over = new CancellationTokenSource();
            var helping = beside?.Invoke(over.Token) ?? Task.CompletedTask;
            var ended = await EndsAsync(server, either.Token);
            await over.CancelAsync();
            await helping;
            if (!ended)
            {
                log($"server of {layout.Data} did not stop in good order in time: stopping it at once");
            }
        }

        await StopImmediatelyAsync();
    }

    /// <summary>At once. Not to be cancelled: fencing must end in no process.</summary>
    public async Task StopImmediatelyAsync()
    {
        if (Current is { } server && Native.Signal(server.Pid, Native.Quit))
        {
            using var limit = new CancellationTokenSource(QuitLimit, time);
            await EndsAsync(server, limit.Token);
        }

        await EndProcessesAsync();
    }

    /// <summary>Tells the server to read its configuration again. False: no server.</summary>
    public bool Reload() => Current is { } server && Native.Signal(server.Pid, Native.Hangup);

    public void Dispose()
    {
        lock (_lock)
        {
            _watch?.Dispose();
            _watch = null;
        }
    }

    private async Task<bool> BindsAsync(Postmaster server, CancellationToken cancellationToken)
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

        await Wait.UntilAsync(
            time, Wait.Fine, () => Task.FromResult(watch.HasEnded || server.HasBound(layout)), cancellationToken);
        return !watch.HasEnded;
    }

    private bool TryWatch(Postmaster server)
    {
        if (_watch?.Target == server)
        {
            return !_watch.HasEnded;
        }

        _watch?.Dispose();
        _watch = ProcessWatch.Start(server, () => OnEnd(server));
        return _watch is not null;
    }

    private void OnEnd(Postmaster server)
    {
        log($"server of {layout.Data} has ended, pid {server.Pid}");
        Exited?.Invoke();
    }

    private async Task<bool> EndsAsync(Postmaster server, CancellationToken cancellationToken)
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
    /// Backends outlive a main process that was killed, and go on with what they were at. Until none is left nothing may start on the
    /// same data, and nothing counts as stopped.
    /// </summary>
    private async Task EndProcessesAsync()
    {
        List<int> left = [];
        var gone = await Wait.UntilAsync(time, Wait.Fine, KillLimit, () =>
        {
            left = PostgresProcesses.ServerProcesses(layout.Data);
            foreach (var pid in left)
            {
                Native.Signal(pid, Native.Kill);
            }

            return Task.FromResult(left.Count == 0);
        }, CancellationToken.None);
        if (!gone)
        {
            throw new EngineException(
                $"processes {string.Join(", ", left)} of the server of {layout.Data} do not end though killed: " +
                "they wait for the disk; check it, or restart the host");
        }
    }
}
