using Holdfast.Core.Failover;

namespace Holdfast.Agent.Memory;

/// <summary>Where the member's memory is kept.</summary>
internal interface IMemoryStore
{
    /// <summary>What is kept; a fresh memory when nothing is.</summary>
    /// <exception cref="IOException">It is there but cannot be read or understood; the message says the remedy.</exception>
    MemberMemory Load();

    /// <summary>When it returns, the memory survives a power cut.</summary>
    /// <exception cref="IOException">Disk full, or the like: the memory is as before.</exception>
    void Save(MemberMemory memory);
}
