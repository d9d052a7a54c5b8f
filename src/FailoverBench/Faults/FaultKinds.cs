using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Faults;

/// <summary>The faults, by the names that the command line and the reports use.</summary>
internal static class FaultKinds
{
    /// <summary>SIGKILL to the primary's postmaster and all its children at once; its agent lives.</summary>
    public const string ProcessCrash = "process-crash";
    /// <summary>SIGKILL to everything of the primary's host at once: agent, its helpers, server.</summary>
    public const string HostCrash = "host-crash";
    /// <summary>SIGSTOP to everything of the primary's host; SIGCONT some seconds after another took over.</summary>
    public const string Freeze = "freeze";
    /// <summary>A planned change of primary, by the system's own command.</summary>
    public const string Switchover = "switchover";

    public static readonly ImmutableArray<string> Keys = [ProcessCrash, HostCrash, Freeze, Switchover];
}
