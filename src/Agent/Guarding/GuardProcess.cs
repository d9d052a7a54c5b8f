using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;

namespace Holdfast.Agent.Guarding;

/// <summary>
/// The guard: a small process that kills a server whose lease has run out, when the agent cannot (R6). Hidden verb <c>holdfast guard</c>.
/// One per member and name; it outlives the agent, and does nothing but wait on one socket and compare one clock.
/// </summary>
public static class GuardProcess
{
    /// <summary>Longest wait while armed: waits stand still while the machine sleeps, the boot clock does not.</summary>
    private static readonly TimeSpan ArmedSlice = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdleSlice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LockAgain = TimeSpan.FromMilliseconds(20);
    private const int MaxDrained = 64;
    private const long MaxLogBytes = 1 << 20;

    /// <summary>Runs until told to leave, or until its folder is gone. Returns the exit code of the process.</summary>
    /// <param name="args">What follows the verb: <c>--data DIRECTORY</c> and internal options.</param>
    public static int Run(string[] args)
    {
        var name = Option(args, GuardLauncher.NameOption) ?? GuardPaths.DefaultName;
        if (Option(args, "--data") is not { } data || !GuardPaths.IsName(name))
        {
            Console.Error.WriteLine("holdfast guard: --data DIRECTORY is missing, or --name is not a name; the agent starts the guard by itself");
            return 2;
        }

        var paths = new GuardPaths(data, name);
        if (args.Contains(GuardLauncher.LaunchOption))
        {
            GuardLauncher.LaunchDetached(paths);
            return 0;
        }

        paths.CreateFolder();
        using var alone = TryLock(paths);
        return alone is null ? 0 : Serve(paths, alone);
    }

    private static string? Option(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

    /// <summary>Null: this member has a guard of this name already. It waits a little, for an agent that only looks holds the lock for a moment.</summary>
    private static FileStream? TryLock(GuardPaths paths)
    {
        using var pause = new ManualResetEventSlim();
        var begun = BootClock.Instance.Now;
        while (true)
        {
            try
            {
                return new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(paths.Lock))
            {
                if (BootClock.Instance.Now - begun > LockPatience)
                {
                    return null;
                }
            }

            pause.Wait(LockAgain);
        }
    }

    private static int Serve(GuardPaths paths, FileStream alone)
    {
        using var logFile = OpenLog(paths);
        using var log = new EventLog(logFile, logFile, TimeProvider.System, member: null, priorityPrefixes: false);
        using var state = new GuardState(paths, BootClock.Instance, TimeProvider.System, log);
        File.Delete(Path.Combine(paths.Folder, paths.SocketName)); // Of a guard that was killed: we have the lock, so nobody listens there.
        using var socket = new GuardSocket(paths.Folder, paths.SocketName);

        // The end of an armed guard is the end of the fence; the host's own shutdown goes on without its consent.
        var left = false;
        using var ending = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            if (state.Armed)
            {
                log.Warning("guard-signal", "armed, so the signal to end is ignored; disarm it first");
            }
            else
            {
                Volatile.Write(ref left, true);
            }
        });
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        log.Info("guard-started", "waiting for the agent", ("pid", Environment.ProcessId), ("version", GuardProgram.Version));
        try
        {
            while (!Volatile.Read(ref left) && (state.Armed || IsStillOurs(paths, alone)))
            {
                // After a freeze: what the agent had sent, which only ever carries deadlines that it had a renewal for, then at once the clock.
                // No `left |= ...`: that reads before the call and writes after it, and a signal that came meanwhile would be forgotten.
                if (Drain(socket, paths, state, log))
                {
                    Volatile.Write(ref left, true);
                }

                state.Act();
                socket.Wait(state.Left is { } due ? (due < ArmedSlice ? due : ArmedSlice) : IdleSlice);
            }
        }
        catch (Exception e)
        {
            log.Error("guard-failed", e.ToString()); // Its standard error leads nowhere.
            throw;
        }

        log.Info("guard-left", "asked to leave, or the member's folder is gone", ("pid", Environment.ProcessId));
        return 0;
    }

    /// <summary>True: it was asked to leave.</summary>
    private static bool Drain(GuardSocket socket, GuardPaths paths, GuardState state, EventLog log)
    {
        var buffer = new byte[GuardSocket.MaxBytes];
        for (var count = 0; count < MaxDrained && socket.Wait(TimeSpan.Zero); count++)
        {
            if (Parse(buffer.AsSpan(0, socket.Receive(buffer)), paths) is not { } request)
            {
                log.Warning("guard-message", "a message that is not the agent's was dropped");
                continue;
            }

            var problem = state.Handle(request);
            var reply = JsonSerializer.SerializeToUtf8Bytes(state.Answer(request.Id, problem), GuardJson.Default.GuardReply);
            socket.TrySend(reply, request.ReplyTo, ReplyTimeout);
            if (request.Verb == GuardVerb.Leave && problem is null)
            {
                return true;
            }
        }

        return false;
    }

    private static GuardRequest? Parse(ReadOnlySpan<byte> datagram, GuardPaths paths)
    {
        try
        {
            var request = JsonSerializer.Deserialize(datagram, GuardJson.Default.GuardRequest);
            return request is not null && request.ReplyTo.StartsWith(paths.ReplyPrefix, StringComparison.Ordinal) &&
                !request.ReplyTo.Contains('/')
                ? request
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A folder that was removed, or replaced by another, has no use for this guard.</summary>
    private static bool IsStillOurs(GuardPaths paths, FileStream alone) =>
        File.Exists(paths.Lock) &&
        new FileInfo($"/proc/self/fd/{alone.SafeFileHandle.DangerousGetHandle()}").LinkTarget == Posix.RealPath(paths.Lock);

    private static FileStream OpenLog(GuardPaths paths)
    {
        if (new FileInfo(paths.Log) is { Exists: true, Length: > MaxLogBytes })
        {
            File.Move(paths.Log, paths.Log + ".1", overwrite: true);
        }

        return new FileStream(paths.Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }
}
