using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>Starts and stops the server's processes, and watches the main one.</summary>
internal sealed class ServerProcess(Layout layout, Binaries binaries, TimeProvider time, Action<string> log) : IDisposable
{
    private static readonly TimeSpan FastLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(1);
    private readonly WatchedServer _server =
        new(layout.Data, () => Postmaster.Find(layout), () => PostgresProcesses.ServerProcesses(layout.Data), time, log);

    /// <summary>The main process has ended; on the watching thread.</summary>
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
        if (Native.EffectiveUser() == 0)
        {
            throw new EngineException("PostgreSQL refuses to run as root: run the agent as an ordinary user, such as postgres");
        }

        await _server.EndAllAsync();
        LogFile.Rotate(layout.ServerLog);
        foreach (var stale in (string[])[layout.PidFile, layout.Socket, layout.Socket + ".lock"])
        {
            File.Delete(stale);
        }

        var logStart = LogFile.Length(layout.ServerLog);
        if (!await _server.StartAsync(
            binaries.PathOf("postgres"), ["-D", layout.Data], layout.ServerLog, server => Postmaster.HasBound(server, layout), cancellationToken))
        {
            throw new EngineException(ServerLog.ExplainExit(layout, logStart));
        }
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
            var ended = await _server.EndsAsync(server, either.Token);
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
            await _server.EndsAsync(server, limit.Token);
        }

        await _server.EndAllAsync();
    }

    /// <summary>Tells the server to read its configuration again. False: no server.</summary>
    public bool Reload() => Current is { } server && Native.Signal(server.Pid, Native.Hangup);

    public void Dispose() => _server.Dispose();
}
