using System.Runtime.InteropServices;
using Holdfast.Harness.Files;
using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab;

/// <summary>One run, from an empty folder to the end of every process.</summary>
internal static class LabRun
{
    private const int Interrupted = 130;

    /// <returns>The exit status.</returns>
    public static async Task<int> ExecuteAsync(LabOptions options, LabFile file, FaultPlan plan, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var temporary = options.Folder is null ? new TemporaryFolder("lab") : null;
        try
        {
            await using var laboratory = new Laboratory(options, file, plan, options.Folder ?? temporary!.Path, output);
            var passed = await laboratory.RunAsync(stop.Token);
            if (!passed)
            {
                temporary?.Keep();
            }

            return passed ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await output.WriteLineAsync("lab: interrupted");
            return Interrupted;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
