using System.Runtime.InteropServices;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Reporting;
using Spectre.Console;

const int Failed = 1;
const int Misused = 2;
const int Interrupted = 130;

if (!Options.TryParse(args, out var options, out var problem))
{
    await Console.Error.WriteLineAsync($"quickstart: {problem}");
    return Misused;
}

var time = TimeProvider.System;
var teardown = new Teardown(options.Folder, time);
if (options.StopOnly)
{
    var left = await teardown.RunAsync();
    await Console.Error.WriteAsync(left is null ? "" : $"quickstart: {left}\n");
    return left is null ? 0 : Failed;
}

// A frozen server keeps pool threads of the database driver waiting; the others must not wait for them.
ThreadPool.SetMinThreads(16, 16);
using var interrupt = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
using var onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Interrupt);

var narrator = new Narrator(AnsiConsole.Create(TerminalSettings()), time);
var code = Failed;
try
{
    code = await new Story(options, narrator, time).RunAsync(interrupt.Token) ? 0 : Failed;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    narrator.Say("interrupted; everything is being ended");
    code = Interrupted;
}
catch (QuickstartException fault)
{
    narrator.Complain(fault.Message);
}
catch (Exception fault)
{
    narrator.Complain("a fault of the quickstart itself:");
    narrator.Plain(fault.ToString());
}

if (File.Exists(Path.Combine(options.Folder, Kept.Marker)))
{
    return code;
}

if (await teardown.RunAsync() is { } remains)
{
    narrator.Complain(remains);
    code = Failed;
}

if (code == Failed)
{
    narrator.Complain($"failed; the logs are kept in {KeptLogs.Copy(options.Folder)}");
}

return code;

// Left to itself, the library goes by TERM alone and colours files too.
static AnsiConsoleSettings TerminalSettings() =>
    Console.IsOutputRedirected
        ? new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No }
        : new();

void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    interrupt.Cancel();
}
