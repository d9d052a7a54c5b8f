using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What a layout means for one store.</summary>
/// <param name="Usable">What the pool holds of members' data, with room to heal after the loss of a host. Local: of one host.</param>
/// <param name="Needed">Of the store's data, what is put there: all members' where they share the pool. Local: one member's.</param>
/// <param name="BytesOnDisks">For a byte of the store: members × what the layout makes of each.</param>
/// <param name="BytesWritten">For a byte that the database writes in a page: by all disks of all members.</param>
/// <param name="BytesRead">For the same, what must be read first.</param>
/// <param name="Flush">How long the database waits for a record to be safe.</param>
/// <param name="Late">How often that is longer, for one of those that it waits for was late.</param>
/// <param name="DiskLoss">What crosses the network when one disk is lost.</param>
/// <param name="HostLoss">What crosses the network when one host is lost.</param>
/// <param name="HealsIn">Until all is as safe as before the loss of a host. Null: not before there is another host.</param>
public sealed record StorageFigures(
    StorageLayout Layout, ByteCount Usable, ByteCount Needed, double BytesOnDisks, double BytesWritten, double BytesRead, TimeSpan Flush,
    Probability Late, ByteCount DiskLoss, ByteCount HostLoss, TimeSpan? HealsIn)
{
    public static StorageFigures Of(StorageFacts facts, StoreOnDisks store, StorageLayout layout)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layout);
        return layout.IsLocal ? Local(facts, store, layout) : Ceph(facts, store, layout);
    }

    private static StorageFigures Local(StorageFacts facts, StoreOnDisks store, StorageLayout layout)
    {
        var factor = store.Members * layout.Overhead;
        var size = store.Size.Value;
        return new StorageFigures(
            layout, StorageLayout.Usable(facts.LocalCapacity, facts.FullRatio, layout.Overhead), size, factor, factor, 0,
            store.LocalFlush.Value, CommitLatency.SlowOfAll(facts.SlowShare, layout.Extra + 1),
            // A mirror heals inside its host; without one the member is made anew from another.
            facts.LocalMirrored ? new ByteCount(0) : size, size,
            store.Members > 1 ? size / (facts.HostLine * facts.RecoveryShare.Value) : null);
    }

    private static StorageFigures Ceph(StorageFacts facts, StoreOnDisks store, StorageLayout layout)
    {
        var (disks, diskSize, flush, read) = layout.Pool == StoragePool.Performance
            ? (facts.PerformanceDisks, facts.PerformanceDiskSize, facts.PerformanceFlush, facts.PerformanceRead)
            : (facts.CapacityDisks, facts.CapacityDiskSize, facts.CapacityFlush, facts.CapacityRead);
        var heals = facts.CephHosts > layout.Hosts;
        var raw = diskSize * disks * (heals ? facts.CephHosts - 1 : facts.CephHosts);
        var needed = store.Size.Value * store.Members;
        var write = layout.IsErasureCoded
            ? ErasureWrite.Of(layout.Data, layout.Extra, facts.StripeUnit, store.PageSize, facts.ErasureOptimizations)
            : new ErasureWrite(store.PageSize * layout.Overhead, new ByteCount(0));
        var onDisks = needed * layout.Overhead;
        var perHost = facts.CephHosts > 0 ? onDisks * (1.0 / facts.CephHosts) : new ByteCount(0);
        var hostLoss = Recovery(layout, perHost);
        return new StorageFigures(
            layout, StorageLayout.Usable(raw, facts.FullRatio, layout.Overhead), needed, store.Members * layout.Overhead,
            store.Members * write.WriteFactor(store.PageSize), store.Members * write.ReadFactor(store.PageSize),
            FlushOf(facts, layout, flush, write.Read.Bytes > 0 ? read : null), CommitLatency.SlowOfAll(facts.SlowShare, layout.Data + layout.Extra),
            disks > 0 ? Recovery(layout, perHost * (1.0 / disks)) : new ByteCount(0), hostLoss,
            heals ? hostLoss / (facts.HostLine * ((facts.CephHosts - 1) * facts.RecoveryShare.Value)) : null);
    }

    /// <summary>
    /// To the primary and back, from it to the others and back, the slowest of their disks, and what the programs compute. The primary answers when
    /// all have the write, not most of them (Ceph, "Architecture", "Replication": primary-copy). A part of a stripe is read before, which is one more
    /// round trip and a read.
    /// </summary>
    private static TimeSpan FlushOf(StorageFacts facts, StorageLayout layout, TimeSpan flush, TimeSpan? readBefore)
    {
        var toOthers = layout.Hosts > 1 ? facts.NetworkRoundTrip : TimeSpan.Zero;
        var before = readBefore is { } read ? facts.NetworkRoundTrip + read : TimeSpan.Zero;
        return facts.NetworkRoundTrip + before + toOthers + flush + facts.OsdWork;
    }

    /// <summary>
    /// A lost copy is read once; a lost chunk of a Reed-Solomon code is computed from k others: 8 reads for one of 8 + 4 (Ceph, "Locally repairable
    /// erasure code plugin"; C. Huang et al., "Erasure Coding in Windows Azure Storage", USENIX ATC 2012).
    /// </summary>
    public static ByteCount Recovery(StorageLayout layout, ByteCount lost)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return lost * layout.Data;
    }
}
