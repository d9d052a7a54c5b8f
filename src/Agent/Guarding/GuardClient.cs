using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Agent.Logging;
using Holdfast.Core;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace Holdfast.Agent.Guarding;

/// <param name="Fired">It has killed the server since it was last armed.</param>
public sealed record GuardStatus(int Pid, string Version, bool Armed, TimeSpan DeadlineBoot, bool Fired);

/// <summary>
/// The agent's side of the guard. All calls block for at most their deadline, are idempotent, and may come from any thread; each has a socket of
/// its own, so that one that waits does not hold up a renewal.
/// </summary>
public sealed class GuardClient : ILeaseGuard
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AnswerSlice = TimeSpan.FromMilliseconds(250);
    private static long _requests;
    private readonly GuardPaths _paths;
    private readonly GuardProgram _program;
    private readonly EventLog? _log;
    private readonly Lock _starting = new();

    /// <param name="program">As a rule <see cref="GuardProgram.OfThisProcess"/>.</param>
    /// <param name="name">Which of the member's guards: lower-case letters and hyphens.</param>
    public GuardClient(string dataDirectory, GuardProgram program, EventLog? log = null, string name = GuardPaths.DefaultName)
    {
        Invariant.Check(GuardPaths.IsName(name), "the name of a guard can stand in the names of its files");
        _paths = new GuardPaths(dataDirectory, name);
        _program = program;
        _log = log;
    }

    /// <summary>Finds the running guard or starts one; replaces a disarmed one of another version.</summary>
    /// <exception cref="GuardException">None could be started within the deadline.</exception>
    public GuardStatus EnsureRunning(TimeSpan deadline)
    {
        var begun = Stopwatch.GetTimestamp();
        TimeSpan Left() => deadline - Stopwatch.GetElapsedTime(begun);
        lock (_starting)
        {
            _paths.CreateFolder();
            RemoveOldReplies();
            if (IsThere() && Ping(Min(Left(), TimeSpan.FromSeconds(1))) is { } running &&
                (running.Version == GuardProgram.Version || !TryReplace(running, Left())))
            {
                return running;
            }

            GuardLauncher.Launch(_program, _paths, Left());
            while (Left() > TimeSpan.Zero)
            {
                if (Ping(Min(Left(), AnswerSlice)) is { } started)
                {
                    _log?.Info("guard-running", $"the {_paths.Name} answers", ("pid", started.Pid));
                    return started;
                }
            }
        }

        throw new GuardException($"the {_paths.Name} does not answer within {deadline.TotalSeconds:0.#} s; see {_paths.Log}");
    }

    void ILeaseGuard.Prepare(TimeSpan deadline) => EnsureRunning(deadline);

    /// <summary>Null: there is none, or it does not answer within the deadline.</summary>
    public GuardStatus? Ping(TimeSpan deadline) => Ask(GuardVerb.Ping, deadline) is { } reply
        ? new GuardStatus(reply.Pid, reply.Version, reply.Armed, TimeSpan.FromTicks(reply.DeadlineTicks), reply.Fired)
        : null;

    /// <summary>From now on: when the boot clock passes the deadline, kill this server. Replaces what was armed before.</summary>
    /// <param name="deadlineBoot">On the boot clock.</param>
    /// <param name="postmasterStartTime"><see cref="ProcessFacts.StartTime"/>, so that a reused pid is never killed.</param>
    /// <param name="deadline">For the call.</param>
    /// <exception cref="GuardException">Not armed.</exception>
    public void Arm(TimeSpan deadlineBoot, int postmasterPid, ulong postmasterStartTime, TimeSpan deadline) => Demand(
        new GuardRequest
        {
            Id = 0,
            ReplyTo = "",
            Verb = GuardVerb.Arm,
            DeadlineTicks = deadlineBoot.Ticks,
            Pid = postmasterPid,
            StartTime = postmasterStartTime,
        },
        deadline);

    /// <summary>Moves the deadline of an armed guard. Never back.</summary>
    /// <exception cref="GuardException">The guard did not confirm; it keeps the earlier deadline.</exception>
    public void Pet(TimeSpan deadlineBoot, TimeSpan deadline) =>
        Demand(new GuardRequest { Id = 0, ReplyTo = "", Verb = GuardVerb.Pet, DeadlineTicks = deadlineBoot.Ticks }, deadline);

    /// <exception cref="GuardException">There is a guard and it did not confirm. No guard is no error.</exception>
    public void Disarm(TimeSpan deadline)
    {
        if (IsThere())
        {
            Demand(new GuardRequest { Id = 0, ReplyTo = "", Verb = GuardVerb.Disarm }, deadline);
        }
    }

    /// <summary>The watchdog device to hold open while armed; null: none.</summary>
    /// <exception cref="GuardException">The guard did not confirm.</exception>
    public void UseWatchdog(string? device, TimeSpan deadline) =>
        Demand(new GuardRequest { Id = 0, ReplyTo = "", Verb = GuardVerb.Watchdog, Device = device }, deadline);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    /// <summary>The lock tells whether a guard lives, even one that does not answer.</summary>
    private bool IsThere()
    {
        try
        {
            using var free = new FileStream(_paths.Lock, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private bool TryReplace(GuardStatus running, TimeSpan deadline)
    {
        var begun = Stopwatch.GetTimestamp();
        if (Ask(GuardVerb.Leave, deadline) is not { Problem: null })
        {
            _log?.Warning("guard-kept", "the running guard is of another version and armed; it stays until it is disarmed", ("pid", running.Pid));
            return false;
        }

        using var pause = new ManualResetEventSlim();
        while (IsThere() && Stopwatch.GetElapsedTime(begun) < deadline)
        {
            pause.Wait(AskAgain);
        }

        return true;
    }

    private void Demand(GuardRequest request, TimeSpan deadline)
    {
        var reply = Ask(request, deadline) ??
            throw new GuardException(
                $"the {_paths.Name} of {_paths.DataDirectory} does not answer within {deadline.TotalMilliseconds:0} ms; see {_paths.Log}");
        if (reply.Problem is { } problem)
        {
            throw new GuardException($"the {_paths.Name} of {_paths.DataDirectory} refuses to {request.Verb.ToString().ToLowerInvariant()}: {problem}");
        }
    }

    private GuardReply? Ask(GuardVerb verb, TimeSpan deadline) => Ask(new GuardRequest { Id = 0, ReplyTo = "", Verb = verb }, deadline);

    /// <summary>Null: nobody answered.</summary>
    private GuardReply? Ask(GuardRequest request, TimeSpan deadline)
    {
        var begun = Stopwatch.GetTimestamp();
        var id = Interlocked.Increment(ref _requests);
        var name = string.Create(CultureInfo.InvariantCulture, $"{_paths.ReplyPrefix}{Environment.ProcessId}.{id}");
        try
        {
            using var socket = new GuardSocket(_paths.Folder, name);
            using var pause = new ManualResetEventSlim();
            var datagram = JsonSerializer.SerializeToUtf8Bytes(request with { Id = id, ReplyTo = name }, GuardJson.Default.GuardRequest);
            while (!socket.TrySend(datagram, _paths.SocketName, deadline - Stopwatch.GetElapsedTime(begun)))
            {
                // Not there yet, or its queue is full.
                if (Stopwatch.GetElapsedTime(begun) + AskAgain >= deadline)
                {
                    return null;
                }

                pause.Wait(AskAgain);
            }

            return Await(socket, id, deadline - Stopwatch.GetElapsedTime(begun));
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new GuardException($"the guard's folder {_paths.Folder} cannot be used: {e.Message}; let it belong to the agent's user", e);
        }
    }

    private static GuardReply? Await(GuardSocket socket, long id, TimeSpan timeout)
    {
        var buffer = new byte[GuardSocket.MaxBytes];
        return socket.Wait(timeout) &&
            JsonSerializer.Deserialize(buffer.AsSpan(0, socket.Receive(buffer)), GuardJson.Default.GuardReply) is { } reply &&
            reply.Id == id
            ? reply
            : null;
    }

    /// <summary>Sockets of agents that were killed while they waited.</summary>
    private void RemoveOldReplies()
    {
        foreach (var file in Directory.EnumerateFiles(_paths.Folder, _paths.ReplyPrefix + "*"))
        {
            var owner = Path.GetFileName(file)[_paths.ReplyPrefix.Length..].Split('.')[0];
            if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ProcessFacts.Of(pid) is null)
            {
                File.Delete(file);
            }
        }
    }
}
