using System.Collections.Immutable;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Processes;

namespace Holdfast.FailoverBench.Faults;

/// <summary>Makes a fault happen; the same for all systems.</summary>
internal static class Striker
{
    /// <summary>Returns when it has struck: from then on nothing that it has ended or stopped can acknowledge a write.</summary>
    /// <exception cref="QuickstartException">It could not be made to happen.</exception>
    public static Task StrikeAsync(string fault, StoreSystem system, Host primary, CancellationToken cancellationToken) => fault switch
    {
        FaultKinds.ProcessCrash => KillServerAsync(system, primary, cancellationToken),
        FaultKinds.HostCrash => primary.CrashAsync(cancellationToken),
        FaultKinds.Freeze => primary.FreezeAsync(cancellationToken),
        FaultKinds.Switchover => system.SwitchoverAsync(primary, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
    };

    /// <summary>The main process first, then its children, which would otherwise live on for a moment and acknowledge.</summary>
    private static Task KillServerAsync(StoreSystem system, Host primary, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var server = system.ServerOf(primary) ?? throw new QuickstartException($"{system.Key}: no server runs in {primary.Place.Data}");
        foreach (var process in ServerProcesses(system, primary).OrderByDescending(process => process == server))
        {
            Signals.Send(process, Signal.Kill);
        }

        return Task.CompletedTask;
    }

    /// <summary>The main process and what descends from it, and nothing else that works in or names the host's folder.</summary>
    public static ImmutableArray<ProcessIdentity> ServerProcesses(StoreSystem system, Host host) =>
        system.ServerOf(host) is { } server ? ProcessTable.Of(Path.Combine(host.Place.Folder, "nothing-is-here"), server) : [];
}
