using System.Diagnostics;
using System.Text;

namespace Holdfast.Engines.Hosting;

/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error, complete.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The last lines that say what went wrong, as one line for people.</summary>
    public string Reason
    {
        get
        {
            var lines = (Errors + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var telling = lines.Where(line =>
                line.Contains("error", StringComparison.OrdinalIgnoreCase)
                    || line.Contains("fatal", StringComparison.OrdinalIgnoreCase)).ToArray();
            return string.Join("; ", (telling.Length > 0 ? telling : lines).TakeLast(2));
        }
    }
}

/// <summary>Runs one program to its end, or kills it when the deadline comes.</summary>
internal static class ToolRun
{
    private const int UsualBound = 1 << 20;

    /// <param name="environment">Added to the agent's own, from which everything that steers libpq is taken out.</param>
    /// <param name="outputBound">How much of standard output is kept, in letters: of more, the end.</param>
    /// <param name="onErrorLine">Called with each line of standard error as it comes.</param>
    /// <param name="onLine">Called with each line of standard output as it comes; none of them is kept then.</param>
    /// <param name="beside">Runs as long as the program, whose process id it gets, and is ended with it.</param>
    /// <exception cref="OperationCanceledException">The deadline came; the program has been killed.</exception>
    public static async Task<ToolResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, Action<string>? onErrorLine,
        CancellationToken cancellationToken, int outputBound = UsualBound, Action<string>? onLine = null,
        Func<int, CancellationToken, Task>? beside = null)
    {
        var info = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        Clean(info.Environment);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            info.Environment[name] = value;
        }

        using var process = new Process { StartInfo = info };
        var output = new StringBuilder();
        var errors = new StringBuilder();
        process.OutputDataReceived += (_, line) =>
        {
            if (onLine is null)
            {
                Append(output, line.Data, outputBound);
            }
            else if (line.Data is not null)
            {
                onLine(line.Data);
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            Append(errors, line.Data, UsualBound);
            if (line.Data is not null)
            {
                onErrorLine?.Invoke(line.Data);
            }
        };
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var over = new CancellationTokenSource();
        var company = beside?.Invoke(process.Id, over.Token) ?? Task.CompletedTask;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        finally
        {
            await over.CancelAsync();
            await company;
        }

        return new ToolResult(process.ExitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Messages in English, and nothing of the agent's surroundings that redirects a connection.</summary>
    private static void Clean(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            environment.Remove(name);
        }

        environment["LC_ALL"] = "C.UTF-8";
    }

    private static void Append(StringBuilder text, string? line, int bound)
    {
        if (line is not null)
        {
            lock (text)
            {
                if (text.Length > bound)
                {
                    text.Remove(0, bound / 2);
                }

                text.Append(line).Append('\n');
            }
        }
    }
}
