using System.Runtime.InteropServices;
using Holdfast.FailoverBench;
using Holdfast.FailoverBench.Reporting;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Spectre.Console;
using JsonReport = Holdfast.FailoverBench.Reporting.JsonReport;
using Options = Holdfast.FailoverBench.Options;

const int Failed = 1;
const int Misused = 2;
const int Interrupted = 130;

if (!Options.TryParse(args, out var options, out var problem))
{
    await Console.Error.WriteLineAsync($"bench/failover/run: {problem}");
    return Misused;
}

var time = TimeProvider.System;
if (options.StopOnly)
{
    return await EndAllAsync() ? 0 : Failed;
}

// A frozen server keeps pool threads of the database driver waiting; the others must not wait for them.
ThreadPool.SetMinThreads(16, 16);
using var interrupt = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);

var narrator = new Narrator(AnsiConsole.Create(TerminalSettings()), time);
var code = Failed;
try
{
    code = await RunAsync() ? 0 : Failed;
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
    narrator.Complain("a fault of the benchmark itself:");
    narrator.Plain(fault.ToString());
}

if (!options.Keep && !await EndAllAsync())
{
    code = Failed;
}

if (code == Failed)
{
    narrator.Complain($"not all is as it must be; the logs are kept in {KeptLogs.Copy(options.Folder)}");
}

return code;

async Task<bool> RunAsync()
{
    using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
    var place = Place.Create(Path.Combine(options.Folder, "coordination"));
    using var etcd = new Etcd(place.Etcds[0], place.Etcds, new ProcessLedger(place.Folder), http, time);
    await etcd.StartAsync(interrupt.Token);
    var machine = await Machine.LookAsync(options.Kind, options.Command!, time, interrupt.Token);
    narrator.Say($"{machine.Hardware}; {machine.Software}; load average {machine.LoadBefore:0.0}");

    var surroundings = new Surroundings(options.Folder, options.Command!, place.Etcds[0], http, narrator, time);
    var bench = new Bench(options, surroundings);
    try
    {
        await bench.RunAsync(interrupt.Token);
    }
    finally
    {
        await WriteAsync(bench.Report(machine));
    }

    var report = bench.Report(machine);
    // What a peer does wrong is a result, not a failure of the run; that Holdfast does is.
    return report.Failures.IsEmpty &&
        report.Outcomes.Where(outcome => outcome.System.StartsWith(SystemCatalogue.Holdfast, StringComparison.Ordinal))
            .All(outcome => outcome.Problems.IsEmpty) &&
        report.Loads.Where(load => load.System == SystemCatalogue.Holdfast).All(load => load.Changes == 0 && load.Problems.IsEmpty);
}

async Task WriteAsync(Report report)
{
    narrator.Plain("\n" + TextTable.Write(report));
    await File.WriteAllTextAsync(Path.Combine(options.Folder, "report.json"), JsonReport.Write(report), CancellationToken.None);
    await File.WriteAllTextAsync(Path.Combine(options.Folder, "report.svg"), Chart.Write(report), CancellationToken.None);
    await File.WriteAllTextAsync(Path.Combine(options.Folder, "report.md"), Markdown.Write(report), CancellationToken.None);
}

async Task<bool> EndAllAsync()
{
    var ended = true;
    foreach (var folder in Directory.Exists(options.Folder) ? Directory.GetDirectories(options.Folder) : [])
    {
        if (await new Teardown(folder, time).RunAsync() is { } remains)
        {
            await Console.Error.WriteLineAsync($"bench/failover/run: {remains}");
            ended = false;
        }
    }

    return ended;
}

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
