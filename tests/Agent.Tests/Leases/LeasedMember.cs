using Holdfast.Agent.Guarding;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Tests.Guarding;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Leases;

/// <summary>One member with a folder of its own: what a lease of it needs, and the real guard processes that this starts.</summary>
internal sealed class LeasedMember : IDisposable
{
    private static readonly TimeSpan Call = TimeSpan.FromSeconds(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-lease-").FullName;
    private readonly Dictionary<string, GuardClient> _guards = new(StringComparer.Ordinal);

    public LeasedMember(string name, string site)
    {
        Spec = new MemberSpec
        {
            Name = name,
            Site = site,
            Address = new Endpoint("127.0.0.1", 1),
            Agent = new Endpoint("127.0.0.1", 1),
            Data = Path.Combine(_folder, "data"),
        };
        Directory.CreateDirectory(Spec.Data);
    }

    public MemberSpec Spec { get; }
    public EngineDouble Engine { get; } = new();
    public EventLog Log { get; } = new(Stream.Null, Stream.Null, TimeProvider.System, member: null, priorityPrefixes: false);

    /// <summary>The same processes for an agent and for its next run.</summary>
    public GuardClient Guard(string name)
    {
        if (!_guards.TryGetValue(name, out var guard))
        {
            _guards[name] = guard = new GuardClient(Spec.Data, GuardProgram.OfThisProcess(), name: name);
        }

        return guard;
    }

    public GuardStatus Ask(string name) => Guard(name).Ping(Call).ShouldNotBeNull();

    public static EngineView Running(ServerDouble server) =>
        new() { Process = ProcessState.Running, Role = MemberRole.Primary, Main = new MainProcess(server.Pid, server.StartTime) };

    public void Dispose()
    {
        foreach (var guard in _guards.Values.Where(_ => Directory.Exists(Path.Combine(Spec.Data + ".holdfast", "run"))))
        {
            if (guard.Ping(TimeSpan.FromMilliseconds(500)) is { } status)
            {
                ServerDouble.Kill(status.Pid);
            }
        }

        Log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The real boot clock, which the test can put forward: a real guard reads the same one, and so never fires early.</summary>
internal sealed class ShiftedBootClock : IBootClock
{
    private long _ahead;

    public TimeSpan Now => BootClock.Instance.Now + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
