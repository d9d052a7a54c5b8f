using System.Collections.Immutable;

namespace Holdfast.Simulation.Faults;

/// <summary>What can go wrong, and what an operator may ask.</summary>
internal enum FaultKind
{
    /// <summary>The server's main process ends.</summary>
    KillServer,
    /// <summary>The agent is killed and starts again afterwards.</summary>
    KillAgent,
    /// <summary>The same between two steps: before the decision that many decisions from now is carried out.</summary>
    KillAtStep,
    /// <summary>The service manager restarts the agent.</summary>
    RestartAgent,
    /// <summary>Power is cut.</summary>
    CrashHost,
    /// <summary>The host stands still and goes on as if nothing had been.</summary>
    Freeze,
    /// <summary>The host can talk to these no more, in neither direction.</summary>
    Cut,
    /// <summary>What it sends to these is lost; it hears them still.</summary>
    Mute,
    /// <summary>Everything to and from the host takes longer, each packet by up to so many ms.</summary>
    Slow,
    /// <summary>So many percent of its heartbeats are lost.</summary>
    Lossy,
    /// <summary>So many percent of its heartbeats come twice, in any order.</summary>
    Doubled,
    /// <summary>The stream to this standby carries nothing.</summary>
    StallStream,
    /// <summary>Each operation on the disk takes up to so many ms more.</summary>
    SlowDisk,
    FullDisk,
    /// <summary>The wall clock jumps by so many ms.</summary>
    Clock,
    /// <summary>Coordination has lost its majority.</summary>
    EtcdDown,
    /// <summary>Coordination elects a leader: calls wait, watches end.</summary>
    EtcdLeader,
    /// <summary>Coordination forgets its history; watches start anew.</summary>
    Compact,
    Switchover,
    Failover,
    /// <summary>The group is paused, and resumed afterwards.</summary>
    Pause,

    // With two sites.

    /// <summary>All hosts of a site lose power at once, its coordination too; without a duration they are not back within the run.</summary>
    LoseSite,
    /// <summary>Nothing goes between the two sites; both see the witness.</summary>
    CutLink,
    /// <summary>What this site sends to the other is lost.</summary>
    MuteLink,
    /// <summary>The witness is cut off; from one site if one is named.</summary>
    CutWitness,
    /// <summary>A site is cut off from everything else.</summary>
    Isolate,
    /// <summary>An agent is killed when a duty decides: the next one, that many ms after it, or of those named.</summary>
    KillAtDuty,
    /// <summary>What a duty writes to the global scope arrives so much later, when its sender has long given up.</summary>
    LateAtDuty,
    SiteSwitchover,
    /// <summary>
    /// With <c>accept-data-loss</c>; with <c>fenced</c>: an operator has the old site switched off before, and says so; with <c>lie</c>: he only says so.
    /// </summary>
    SiteFailover,
    SiteFailback,
    /// <summary>An operator accepts the loss that the move on its way may be waiting with.</summary>
    AcceptLoss,
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="Victim">
/// A member, or <c>primary</c>: whoever the record names then; with two sites also <c>leader</c>, the standby leader, and a site, <c>active</c> or
/// <c>passive</c>, or a cluster. Empty: it concerns nobody in particular.
/// </param>
/// <param name="ForMs">How long; 0: it has no duration.</param>
/// <param name="Others">The other side of a cut; how a move is asked for; the duties at which an agent is killed.</param>
/// <param name="By">How much, how often, which step: see <see cref="FaultKind"/>.</param>
internal sealed record Fault(long AtMs, FaultKind Kind, string Victim = "", long ForMs = 0, ImmutableArray<string> Others = default, int By = 0)
{
    public const string Primary = "primary";
    public const string Leader = "leader";
    public const string ActiveSite = "active";
    public const string PassiveSite = "passive";
}
