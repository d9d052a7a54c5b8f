using Holdfast.Agent.Guarding;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Memory;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Hosting;

/// <summary>This machine.</summary>
/// <param name="guard">How to start the guard process.</param>
internal sealed class RealHost(GuardProgram guard) : MemberHost
{
    public override IBootClock Clock => BootClock.Instance;

    public override IDedicatedThreads Threads => DedicatedThreads.Instance;

    public override string NewIncarnation() => Guid.NewGuid().ToString("N");

    public override IAsyncDisposable LockMember(MemberSpec member) => Presence.LockOnThisHost(Folder(member), member.Name);

    public override IMemoryStore OpenMemory(MemberSpec member) => new MemoryFile(Path.Combine(Folder(member), "member.json"));

    public override IHeartbeatLink Heartbeats(
        SystemSpec system, StoreSpec store, MemberSpec member, IReadOnlyList<MemberSpec> peers, TimeProvider time, EventLog log) =>
        new HeartbeatLink(system, store, member, peers, time, log);

    public override ILeaseGuard Guard(MemberSpec member, string name, EventLog log) => new GuardClient(member.Data, guard, log, name);

    private static string Folder(MemberSpec member)
    {
        var folder = member.Data + ".holdfast";
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException(
                $"{folder} cannot be made ({exception.Message}): create it and give it to the user that runs the agent", exception);
        }
    }
}
