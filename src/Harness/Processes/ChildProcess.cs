using System.Diagnostics;
using Holdfast.Harness.Network;

namespace Holdfast.Harness.Processes;

/// <summary>
/// A process we started: its output goes to a file, it is ended by pid on dispose, and also when we end without disposing
/// (exit, Ctrl-C, SIGTERM, SIGKILL).
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly long _startTime;

    private ChildProcess(Process process, string logFile)
    {
        _process = process;
        Id = process.Id;
        LogFile = logFile;
        _startTime = Posix.StartTime(Id) ?? 0;
        Reaper.Watch(Id, _startTime);
    }

    /// <summary>Process id.</summary>
    public int Id { get; }

    /// <summary>Where standard output and standard error go, appended.</summary>
    public string LogFile { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Null while it runs. 128 + n: ended by signal n.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>
    /// Starts a program. Nothing of ours is inherited but the environment, with <paramref name="environment"/> laid over it (null removes).
    /// </summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string logFile, string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null, Place? place = null)
    {
        // The shell only opens the log and becomes the program (exec): the pid is the program's own, and no pipe ties its output to our
        // life.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = workingDirectory ?? "/" };
        foreach (var argument in (string[])[
            "-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", logFile,
            .. (place ?? Place.Loopback).Enter([program, .. arguments])])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start"), logFile);
    }

    /// <summary>Sends a signal; nothing happens when the process is gone already.</summary>
    public void Send(Signal signal)
    {
        if (!_process.HasExited)
        {
            Posix.Send(Id, signal);
        }
    }

    /// <summary>SIGSTOP, and waits until the kernel shows it stopped.</summary>
    public async Task FreezeAsync()
    {
        Send(Signal.Stop);
        await Eventually.TrueAsync(
            () => Posix.State(Id) is 'T' or 'Z' or null, TimeSpan.FromSeconds(5), () => $"process {Id} did not stop");
    }

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Send(Signal.Continue);

    /// <summary>SIGKILL, and waits for the end.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Reaper.Forget(Id, _startTime);
    }

    /// <summary>SIGTERM; SIGKILL when it has not ended after <paramref name="grace"/>. True: it ended by itself.</summary>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        Send(Signal.Continue);
        Send(Signal.Terminate);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(grace);
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }

        Reaper.Forget(Id, _startTime);
        return true;
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Leaves the process running when we end.</summary>
    public void LetLive() => Reaper.Forget(Id, _startTime);

    /// <summary>The last lines of the log, for messages.</summary>
    public string LogTail(int lines = 30) =>
        File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(lines)) : "(no log)";

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
