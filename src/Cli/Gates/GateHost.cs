using Holdfast.Agent.Logging;
using Holdfast.Agent.Systemd;
using Holdfast.Cli.Hosting;
using Holdfast.Gate.Running;

namespace Holdfast.Cli.Gates;

/// <summary>Runs a real gate, and tells systemd.</summary>
internal sealed class GateHost(TimeProvider time) : IGateHost
{
    public async Task<int> RunGateAsync(GateOptions options, CancellationToken cancellationToken)
    {
        using var log = EventLog.ForProcess(time, "gate");
        using var notifier = Notifier.FromEnvironment(() => true);
        using var stopping = cancellationToken.Register(notifier.Stopping);
        try
        {
            await new GateProcess(options, log, time).RunAsync(
                status =>
                {
                    foreach (var store in status.Stores)
                    {
                        log.Info(
                            "start", $"gate of {store.Store}", ("read-write", store.ReadWrite.Address), ("read-only", store.ReadOnly.Address),
                            ("status", options.Api), ("threads", options.Threads));
                    }

                    notifier.Ready();
                },
                cancellationToken);
            log.Info("stop", "the gate has ended");
            return 0;
        }
        catch (GateException exception)
        {
            log.Error("start", exception.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Info("stop", "the gate has ended before it served");
            return 0;
        }
    }
}
