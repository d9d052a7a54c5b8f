using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Quickstart;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    /// <summary>Returns what it prints to its standard output.</summary>
    /// <param name="environment">Beside this program's own.</param>
    /// <exception cref="QuickstartException">It cannot be started, fails, or takes longer than the deadline.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, ImmutableDictionary<string, string> environment, TimeSpan deadline,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new QuickstartException($"cannot start {program}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            var printed = await output;
            return process.ExitCode == 0
                ? printed
                : throw new QuickstartException($"{program} {start.ArgumentList[0]} failed ({process.ExitCode}): {Tail(await errors + printed)}");
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new QuickstartException($"{program} {start.ArgumentList[0]} did not end within {deadline.TotalSeconds:0} s", fault);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static string Tail(string text)
    {
        const int Kept = 600;
        var trimmed = text.Trim();
        return trimmed.Length > Kept ? "… " + trimmed[^Kept..] : trimmed;
    }
}
