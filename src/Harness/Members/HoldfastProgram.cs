using System.Diagnostics;

namespace Holdfast.Harness.Members;

/// <param name="ExitCode">Of the command.</param>
/// <param name="Output">Standard output and standard error, one after the other.</param>
public sealed record CommandOutcome(int ExitCode, string Output);

/// <summary>The built <c>holdfast</c> program: that of the folder which <see cref="Variable"/> names, or the one beside us.</summary>
public static class HoldfastProgram
{
    /// <summary>Names a folder with a published program, whose code is compiled beforehand.</summary>
    public const string Variable = "HOLDFAST_PROGRAM";

    /// <summary>The program to start and the first argument.</summary>
    public static (string File, string Dll) Command { get; } = (
        Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet",
        Path.Combine(Environment.GetEnvironmentVariable(Variable) ?? AppContext.BaseDirectory, "holdfast.dll"));

    /// <summary>Runs a verb to its end, as a person would, without a terminal.</summary>
    /// <exception cref="TimeoutException">It did not end within the deadline.</exception>
    public static async Task<CommandOutcome> RunAsync(TimeSpan deadline, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Command.File, [Command.Dll, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("holdfast did not start");
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await Task.WhenAll(process.WaitForExitAsync(), output, errors).WaitAsync(deadline);
            return new CommandOutcome(process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
