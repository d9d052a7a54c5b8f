using Holdfast.Agent.Guarding;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Memory;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
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

    public override ILeaseGuard Guard(MemberSpec member, string name, EventLog log) => name == SiteLeaseDuty.GuardName
        ? new SimGuardClient(host.SiteGuard, !world.Defect.SiteGuardIsNotArmed, run)
        : new SimGuardClient(host.Guard, !world.Defect.GuardIsNotArmed, run);

    public override SiteDecision Decide(DutyView view) => host.Decide(run, view);

    /// <summary>It takes a while, and fails now and then.</summary>
    public override HookProgram Hooks => async (_, _, _, _, step, stop) =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(world.Between(10, 500)), run.Clock, stop);
        return world.Calm || !world.Chance(0.1) ? (true, "the program ended with status 0") : (false, $"the program of {step} ended with status 1");
    };

    /// <summary>It takes a while, and cannot always be made. What is equal is for the oath keeper.</summary>
    public override MoveVerifier Verifier(MoveVerifier overHttp) => async (_, _, stop) =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(world.Between(10, 500)), run.Clock, stop);
        return world.Calm || !world.Chance(0.1) ? (true, "equal") : (false, "not compared: a member did not answer");
    };

    /// <summary>There is one run at a time: the simulator sees to it.</summary>
    private sealed class Unlocked : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
