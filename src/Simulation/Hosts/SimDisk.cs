using Holdfast.Agent.Memory;
using Holdfast.Core.Failover;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>What a member keeps on its host's disk beside the data; it survives the agent.</summary>
internal sealed class SimDisk
{
    public MemberMemory Memory { get; set; } = new();

    /// <summary>Nothing more can be written.</summary>
    public bool IsFull { get; set; }

    /// <summary>Each operation takes this much longer.</summary>
    public TimeSpan Slowness { get; set; }
}

/// <summary>The disk as one run of the agent uses it.</summary>
internal sealed class SimMemoryStore(World world, SimHost host, AgentRun run) : IMemoryStore
{
    public MemberMemory Load() => host.Disk.Memory;

    public void Save(MemberMemory memory)
    {
        run.ThrowIfEnded();
        if (host.Disk.IsFull)
        {
            throw new IOException($"{host.Name}: no space left on device");
        }

        world.Oath.Remembered(host.Name, host.Disk.Memory, memory);
        host.Disk.Memory = memory;
    }
}
