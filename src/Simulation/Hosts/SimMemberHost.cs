using Holdfast.Agent.Guarding;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Memory;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>The simulated host as one run of the real agent uses it.</summary>
internal sealed class SimMemberHost(World world, SimHost host, AgentRun run, string incarnation) : MemberHost
{
    private int _names;

    public override IBootClock Clock => run;

    public override IDedicatedThreads Threads { get; } = new SimThreads(run);

    public override Decision Decide(MemberView view) => host.Decide(run, view);

    public override string NewIncarnation() => $"{incarnation}.{++_names}.simulated";

    public override IAsyncDisposable LockMember(MemberSpec member) => new Unlocked();

    public override IMemoryStore OpenMemory(MemberSpec member) => new SimMemoryStore(world, host, run);

    public override IHeartbeatLink Heartbeats(
        SystemSpec system, StoreSpec store, MemberSpec member, IReadOnlyList<MemberSpec> peers, TimeProvider time, EventLog log) =>
        new SimHeartbeats(world, run, peers);

    public override ILeaseGuard Guard(MemberSpec member, string name, EventLog log) => new SimGuardClient(world, host, run);

    /// <summary>There is one run at a time: the simulator sees to it.</summary>
    private sealed class Unlocked : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
