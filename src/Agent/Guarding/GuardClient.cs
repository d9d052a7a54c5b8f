using System.Collections.Immutable;
using Holdfast.Agent.Logging;

namespace Holdfast.Agent.Guarding;

/// <summary>How to start the guard: a program and its arguments, up to and with the verb <c>guard</c>.</summary>
public sealed record GuardProgram(string File, ImmutableArray<string> Arguments)
{
    /// <summary>This very program: when it runs by <c>dotnet</c>, the dll is the first argument.</summary>
    public static GuardProgram OfThisProcess() => throw new NotSupportedException("shape only");
}

/// <param name="Fired">It has killed the server since it was last armed.</param>
public sealed record GuardStatus(int Pid, string Version, bool Armed, TimeSpan DeadlineBoot, bool Fired);

/// <summary>The guard cannot be reached or refuses. The message says what and the remedy.</summary>
public sealed class GuardException : Exception
{
    public GuardException(string message) : base(message) { }
    public GuardException(string message, Exception innerException) : base(message, innerException) { }
    public GuardException() { }
}

/// <summary>The agent's side of the guard. All calls block for at most their deadline, are idempotent, and may come from any thread.</summary>
public sealed class GuardClient : IDisposable
{
    public GuardClient(string dataDirectory, GuardProgram program, EventLog? log = null) => throw new NotSupportedException("shape only");

    /// <summary>Finds the running guard or starts one; replaces a disarmed one of another version.</summary>
    /// <exception cref="GuardException">None could be started within the deadline.</exception>
    public GuardStatus EnsureRunning(TimeSpan deadline) => throw new NotSupportedException("shape only");

    /// <summary>Null: there is none, or it does not answer within the deadline.</summary>
    public GuardStatus? Ping(TimeSpan deadline) => throw new NotSupportedException("shape only");

    /// <summary>From now on: when the boot clock passes the deadline, kill this server.</summary>
    /// <param name="deadlineBoot">On the boot clock.</param>
    /// <param name="postmasterStartTime">Field 22 of <c>/proc/PID/stat</c>, so that a reused pid is never killed.</param>
    /// <param name="deadline">For the call.</param>
    /// <exception cref="GuardException">Not armed.</exception>
    public void Arm(TimeSpan deadlineBoot, int postmasterPid, ulong postmasterStartTime, TimeSpan deadline) =>
        throw new NotSupportedException("shape only");

    /// <summary>Moves the deadline of an armed guard. Never back.</summary>
    /// <exception cref="GuardException">The guard did not confirm; it keeps the earlier deadline.</exception>
    public void Pet(TimeSpan deadlineBoot, TimeSpan deadline) => throw new NotSupportedException("shape only");

    /// <exception cref="GuardException">The guard did not confirm. No guard running is no error.</exception>
    public void Disarm(TimeSpan deadline) => throw new NotSupportedException("shape only");

    /// <summary>The watchdog device to hold open while armed; null: none.</summary>
    /// <exception cref="GuardException">The guard did not confirm.</exception>
    public void UseWatchdog(string? device, TimeSpan deadline) => throw new NotSupportedException("shape only");

    public void Dispose() { }
}
