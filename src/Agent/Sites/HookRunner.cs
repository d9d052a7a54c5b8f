using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Sites;

/// <summary>Runs a user's program: whether it ended with status 0 in time, and what it said last.</summary>
internal delegate Task<(bool Succeeded, string Text)> HookProgram(
    HookSpec hook, string system, string store, SiteMove move, StepKind step, CancellationToken stop);

/// <summary>Runs a user's program for a step of a move: without a shell, with a time limit, with what it needs to know in its environment.</summary>
internal static class HookRunner
{
    private const int KeptOutput = 400;
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    /// <summary>After the program's end, for what it has written to arrive.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    /// <returns>Whether it ended with status 0 in time, and what it said last.</returns>
    public static async Task<(bool Succeeded, string Text)> RunAsync(
        HookSpec hook, string system, string store, SiteMove move, StepKind step, CancellationToken stop)
    {
        var name = Path.GetFileName(hook.Command[0]);
        var start = new ProcessStartInfo(hook.Command[0])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in hook.Command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["HOLDFAST_SYSTEM"] = system;
        start.Environment["HOLDFAST_STORE"] = store;
        start.Environment["HOLDFAST_MOVE"] = Words.Of(move.Kind);
        start.Environment["HOLDFAST_MOVE_ID"] = move.Id;
        start.Environment["HOLDFAST_STEP"] = Words.Of(step);
        start.Environment["HOLDFAST_FROM_SITE"] = move.From;
        start.Environment["HOLDFAST_TO_SITE"] = move.To;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return (false, $"{hook.Command[0]} cannot be run: {exception.Message}");
        }

        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(hook.TimeLimit);
        var said = new StringBuilder();
        try
        {
            var reading = Task.WhenAll(ReadAsync(process.StandardOutput, said, limit.Token), ReadAsync(process.StandardError, said, limit.Token));
            await process.WaitForExitAsync(limit.Token);
            limit.CancelAfter(LastWords);
            await Task.WhenAny(reading); // What it has left running may hold its output open for ever.
            return (process.ExitCode == 0, $"{name} ended with status {process.ExitCode}{Last(said)}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            using var killed = new CancellationTokenSource(KillLimit);
            await process.WaitForExitAsync(killed.Token);
            stop.ThrowIfCancellationRequested();
            return (false, $"{name} was ended after its time limit of {hook.TimeLimit.TotalSeconds:F0} s{Last(said)}");
        }
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder said, CancellationToken limit)
    {
        while (await reader.ReadLineAsync(limit) is { } line)
        {
            lock (said)
            {
                said.Append(line.Trim()).Append(' ');
                if (said.Length > KeptOutput)
                {
                    said.Remove(0, said.Length - KeptOutput);
                }
            }
        }
    }

    private static string Last(StringBuilder said)
    {
        lock (said)
        {
            return said.Length == 0 ? "" : $": {said.ToString().Trim()}";
        }
    }
}
