using System.Diagnostics;

namespace Holdfast.Quickstart.Processes;

/// <summary>A process of its own session, so that neither Ctrl-C in the terminal nor the end of this program reaches it.</summary>
internal sealed class Detached : IDisposable
{
    private readonly Process _process;

    private Detached(Process process, ProcessIdentity identity)
    {
        _process = process;
        Identity = identity;
    }

    public ProcessIdentity Identity { get; }

    /// <summary>Starts it. What it prints goes to the end of the log file.</summary>
    /// <exception cref="QuickstartException">It could not be started, or ended at once.</exception>
    public static Detached Start(string log, string program, params IEnumerable<string> arguments)
    {
        // The shell replaces itself twice, so the number of the process stays the same throughout.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string[] shell = ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, program];
        foreach (var argument in shell.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new QuickstartException($"cannot start {program}");
        if (ProcessIdentity.Of(process.Id) is { } identity)
        {
            return new Detached(process, identity);
        }

        process.Dispose();
        throw new QuickstartException($"{program} ended at once; its last words are in {log}");
    }

    /// <summary>Waits for its end. False: it still runs after the deadline.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _process.Dispose();
}
