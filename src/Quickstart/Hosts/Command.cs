using System.Diagnostics;
using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Hosts;

/// <summary>Runs a verb of <c>holdfast</c>, as a person would.</summary>
internal sealed class Command(string program, Place place)
{
    /// <summary>Returns what the command prints when it has ended well. It is kept in the logs too.</summary>
    /// <exception cref="QuickstartException">It fails, or takes longer than the deadline.</exception>
    public async Task<string> RunAsync(TimeSpan deadline, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
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
            var said = printed + await errors;
            await File.AppendAllTextAsync(place.CommandLog, $"$ holdfast {string.Join(' ', arguments)}\n{said}\n", cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new QuickstartException($"holdfast {arguments[0]} failed ({process.ExitCode}): {said.Trim()}");
            }

            return printed;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new QuickstartException(
                $"holdfast {arguments[0]} did not end within {deadline.TotalSeconds:0} s; see {place.Logs}", fault);
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
