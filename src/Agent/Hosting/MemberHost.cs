using Holdfast.Agent.Guarding;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Memory;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Hosting;

/// <summary>
/// What an agent has of its host, besides its server and coordination: threads, clock, disk, guard and datagrams. There are two: the real one,
/// and that of the simulator, in which the same agent runs on simulated time (docs/decisions/0017-simulator.md).
/// </summary>
internal abstract class MemberHost
{
    /// <summary>Goes on while the machine sleeps; leases are counted on it.</summary>
    public abstract IBootClock Clock { get; }

    public abstract IDedicatedThreads Threads { get; }

    /// <summary>The table of rules; the simulator puts in wrong ones to show that it notices.</summary>
    public virtual Decision Decide(MemberView view) => FailoverRules.Decide(view);

    /// <summary>The table of duties; as with the rules.</summary>
    public virtual SiteDecision Decide(DutyView view) => SiteDuties.Decide(view);

    /// <summary>How a user's program is run for a step of a move.</summary>
    public virtual HookProgram Hooks => HookRunner.RunAsync;

    /// <summary>What compares the members after, or before, a move.</summary>
    /// <param name="overHttp">The real one.</param>
    public virtual MoveVerifier Verifier(MoveVerifier overHttp) => overHttp;

    /// <summary>A name for one run of the agent, which no other run ever had.</summary>
    public abstract string NewIncarnation();

    /// <summary>Keeps other agents of this host away from the member until disposed.</summary>
    /// <exception cref="AgentStartException">Another agent of this host runs this member, or its folder is not usable.</exception>
    public abstract IAsyncDisposable LockMember(MemberSpec member);

    public abstract IMemoryStore OpenMemory(MemberSpec member);

    public abstract IHeartbeatLink Heartbeats(
        SystemSpec system, StoreSpec store, MemberSpec member, IReadOnlyList<MemberSpec> peers, TimeProvider time, EventLog log);

    /// <param name="name">Which of the member's guards.</param>
    public abstract ILeaseGuard Guard(MemberSpec member, string name, EventLog log);
}
