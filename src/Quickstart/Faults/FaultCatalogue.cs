using System.Collections.Immutable;
using Holdfast.Quickstart.Faults.Sites;

namespace Holdfast.Quickstart.Faults;

/// <summary>All faults, in the order in which they are exercised: those of one site, then those of two.</summary>
internal static class FaultCatalogue
{
    public static readonly ImmutableArray<string> OfOneSite =
        [ProcessCrash.Key, HostCrash.Key, Freeze.Key, CoordinationLoss.Key, Switchover.Key, AgentRestart.Key];

    public static readonly ImmutableArray<string> Names = [.. OfOneSite, .. SiteFaultCatalogue.Names];

    public static Fault Create(string name, Options options) => name switch
    {
        ProcessCrash.Key => new ProcessCrash(),
        HostCrash.Key => new HostCrash(),
        Freeze.Key => new Freeze(),
        CoordinationLoss.Key => new CoordinationLoss(options.CoordinationLoss),
        Switchover.Key => new Switchover(),
        AgentRestart.Key => new AgentRestart(),
        _ => throw new QuickstartException($"'{name}' is not a fault of one site; there are {string.Join(", ", OfOneSite)}"),
    };
}
