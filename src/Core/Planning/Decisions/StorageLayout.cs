using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What kind of disks a pool is made of.</summary>
public enum StoragePool
{
    /// <summary>The database host's own.</summary>
    Local,
    /// <summary>Flash, for what waits for every write.</summary>
    Performance,
    /// <summary>Turning disks, for what is large and seldom waited for.</summary>
    Capacity,
}

/// <summary>How many chunks a piece of data becomes, and how many of them may be lost.</summary>
/// <param name="Data">k: chunks that the data are cut into; 1 for whole copies.</param>
/// <param name="Extra">m: chunks more; for copies, one less than there are.</param>
public sealed record StorageLayout(StoragePool Pool, int Data, int Extra)
{
    public bool IsLocal => Pool == StoragePool.Local;
    public bool IsErasureCoded => Data > 1;

    /// <summary>Hosts that each hold a chunk: no two are in one, or losing one host would take two (crush-failure-domain=host).</summary>
    public int Hosts => IsLocal ? 1 : Data + Extra;

    /// <summary>
    /// Bytes on disks for a byte of data: (k + m)/k, and the number of copies where k = 1. Ceph, "Erasure code", section "Erasure-coded pool
    /// overhead", with the table for k and m.
    /// </summary>
    public double Overhead => (double)(Data + Extra) / Data;

    /// <summary>
    /// Chunks that must be there for a write to be taken. Ceph's default for n copies is n − n/2 (OSDMonitor), and for k + m it should be more than
    /// k: with k only, one more disk lost is data lost (Ceph, "Pools", min_size).
    /// </summary>
    public int MinSize => IsErasureCoded ? Data + 1 : Data + Extra - ((Data + Extra) / 2);

    /// <summary>Hosts that may be lost one after another, unrepaired, before data are.</summary>
    public int Survives => IsLocal ? 0 : Extra;

    public string Name => this switch
    {
        { IsLocal: true } => "local disks",
        { IsErasureCoded: true } => $"Ceph, erasure code {Data}+{Extra}, {PoolName} pool",
        _ => $"Ceph, {Data + Extra} copies, {PoolName} pool",
    };

    public string What => this switch
    {
        { IsLocal: true } => "each member on its own host's disks; members are the copies",
        { IsErasureCoded: true } => $"{Data} chunks of data and {Extra} of code on as many hosts, through RBD",
        _ => $"{Data + Extra} copies on as many hosts, through RBD",
    };

    private string PoolName => Pool == StoragePool.Performance ? "performance" : "capacity";

    /// <summary>What can be chosen from, the simplest first.</summary>
    public static ImmutableArray<StorageLayout> All(StorageFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return
        [
            new(StoragePool.Local, 1, facts.LocalMirrored ? 1 : 0),
            new(StoragePool.Performance, 1, 2),
            new(StoragePool.Capacity, 1, 2),
            new(StoragePool.Performance, 1, 1),
            new(StoragePool.Performance, facts.DataChunks, facts.CodingChunks),
            new(StoragePool.Capacity, facts.DataChunks, facts.CodingChunks),
        ];
    }

    /// <summary>
    /// What fits: raw capacity, less what must stay free to work at all, divided by the overhead. Ceph, "Monitor Config Reference", "Storage
    /// Capacity", which also advises to keep room for what may fail: here one host, where there are more than a chunk needs.
    /// </summary>
    public static ByteCount Usable(ByteCount raw, Probability fullRatio, double overhead) =>
        raw * (fullRatio.Value / ImpossibleException.IfNotPositive(overhead, "an overhead", "times"));
}
