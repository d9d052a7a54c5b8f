using System.Runtime.InteropServices;
using Holdfast.Cli.Agent;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Gates;
using Holdfast.Cli.Terminals;
using Holdfast.Configuration;

const int PoolThreads = 16;
// All of them wake for a moment, and wait again: threads that spin before they sleep would be a third of what an agent costs. Before the first one.
AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
if (args is ["agent", ..] or ["gate", ..])
{
    // A thread that a library keeps waiting in the pool must not keep everything else: one more is added at once instead of after half a second.
    ThreadPool.SetMinThreads(PoolThreads, PoolThreads);
}

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndInGoodOrder);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndInGoodOrder);

var host = new AgentHost(TimeProvider.System);
var context = new CliContext
{
    Terminal = Terminal.OfProcess(Environment.GetEnvironmentVariable),
    Files = new SystemFiles(ProcessEnvironment.Instance),
    AgentHost = host,
    GuardHost = host,
    GateHost = new GateHost(TimeProvider.System),
};
return await HoldfastCommand.RunAsync(context, args, ending.Token);

void EndInGoodOrder(PosixSignalContext signal)
{
    // A second signal ends the process at once.
    signal.Cancel = !ending.IsCancellationRequested;
    ending.Cancel();
}
