using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>
/// What is known of the disks that databases may be put on: those of their own hosts, and those of a Ceph cluster. What nobody declares has the
/// default here.
/// </summary>
public sealed record StorageFacts
{
    /// <summary>Hosts with disks of the Ceph cluster. 0: there is none.</summary>
    public int CephHosts { get; init; }
    /// <summary>Flash disks in each of them: the performance pool.</summary>
    public int PerformanceDisks { get; init; } = 4;
    public ByteCount PerformanceDiskSize { get; init; } = new(3.84e12);
    /// <summary>Turning disks in each of them: the capacity pool. 0: there is none.</summary>
    public int CapacityDisks { get; init; }
    public ByteCount CapacityDiskSize { get; init; } = new(16e12);
    /// <summary>Of the erasure code: k.</summary>
    public int DataChunks { get; init; } = 4;
    /// <summary>Of the erasure code: m.</summary>
    public int CodingChunks { get; init; } = 2;
    /// <summary>Of the erasure code's profile: stripe_unit. 4 KiB unless told otherwise; it cannot be changed later.</summary>
    public ByteCount StripeUnit { get; init; } = new(4096);
    /// <summary>The pool has allow_ec_overwrites: without it a block device cannot use it.</summary>
    public bool ErasureOverwrites { get; init; }
    /// <summary>The pool has allow_ec_optimizations (Ceph Tentacle and later): small writes touch only what they change.</summary>
    public bool ErasureOptimizations { get; init; }
    /// <summary>The disks' store is BlueStore, as it has been since Luminous.</summary>
    public bool BlueStore { get; init; } = true;
    /// <summary>Between a client and a disk's host, and between two of these, there and back.</summary>
    public TimeSpan NetworkRoundTrip { get; init; } = TimeSpan.FromMicroseconds(50);
    /// <summary>Of each host of the Ceph cluster, and of each database host.</summary>
    public ByteRate HostLine { get; init; } = ByteRate.OfMegabits(10_000);
    /// <summary>Of it, what recovery may take: mClock's profile "balanced" reserves half for clients, half for recovery.</summary>
    public Probability RecoveryShare { get; init; } = new(0.5);
    /// <summary>Until a flash disk of the cluster has a write: with protection against power loss.</summary>
    public TimeSpan PerformanceFlush { get; init; } = TimeSpan.FromMicroseconds(50);
    public TimeSpan PerformanceRead { get; init; } = TimeSpan.FromMicroseconds(100);
    /// <summary>Until a turning disk has a write. Less where its write-ahead log is on flash.</summary>
    public TimeSpan CapacityFlush { get; init; } = TimeSpan.FromMilliseconds(8);
    public TimeSpan CapacityRead { get; init; } = TimeSpan.FromMilliseconds(8);
    /// <summary>
    /// What Ceph's programs compute for one write. With the other defaults a write to three copies takes 0.45 ms; Ceph's own measurement says less
    /// than 0.5 ms for synchronous writes of 4 KB to three copies on flash (Ceph blog, "Ceph Reef Freeze Part 1: RBD Performance", 2023).
    /// </summary>
    public TimeSpan OsdWork { get; init; } = TimeSpan.FromMicroseconds(300);
    /// <summary>How full disks may be: mon_osd_nearfull_ratio, where Ceph begins to warn.</summary>
    public Probability FullRatio { get; init; } = new(0.85);
    /// <summary>How often one disk answers late. A write that waits for several is late more often.</summary>
    public Probability SlowShare { get; init; } = new(0.01);
    /// <summary>Of a database host's disks together, mirrors counted.</summary>
    public ByteCount LocalCapacity { get; init; } = new(7.68e12);
    /// <summary>Every local disk has a mirror in the same host.</summary>
    public bool LocalMirrored { get; init; } = true;

    /// <exception cref="ImpossibleException">A number or a time that no cluster has.</exception>
    public void Check()
    {
        ImpossibleException.IfNegative(CephHosts, "a Ceph cluster", "hosts");
        ImpossibleException.IfNegative(PerformanceDisks, "a host", "flash disks");
        ImpossibleException.IfNegative(CapacityDisks, "a host", "turning disks");
        ImpossibleException.IfNegative(CodingChunks, "an erasure code", "coding chunks");
        if (DataChunks < 2)
        {
            throw new ImpossibleException($"an erasure code of {DataChunks} data chunks is impossible: from 2 on; one is a copy");
        }

        ImpossibleException.IfNotPositive(StripeUnit.Bytes, "a stripe unit", "bytes");
        ImpossibleException.IfNotPositive(HostLine.BytesPerSecond, "a line", "bytes per second");
        ImpossibleException.IfNotPositive(RecoveryShare.Value, "a share for recovery", "(share)");
        foreach (var time in (TimeSpan[])[NetworkRoundTrip, PerformanceFlush, PerformanceRead, CapacityFlush, CapacityRead, OsdWork])
        {
            ImpossibleException.IfNegative(time, "a time of the storage");
        }
    }
}

/// <summary>What is known of one store that needs disks.</summary>
public sealed record StoreOnDisks
{
    public required string Name { get; init; }
    public required Fact<ByteCount> Size { get; init; }
    /// <summary>Until the host's own disk has a record.</summary>
    public required Fact<TimeSpan> LocalFlush { get; init; }
    /// <summary>The longest that a flush may take: what of the commit budget is left for it.</summary>
    public required Fact<TimeSpan> FlushBudget { get; init; }
    /// <summary>At one site, each with the data.</summary>
    public int Members { get; init; } = 3;
    /// <summary>A commit waits for another member: losing one member's disk loses nothing.</summary>
    public bool Synchronous { get; init; } = true;
    /// <summary>What the database writes at once.</summary>
    public ByteCount PageSize { get; init; } = new(8192);

    /// <exception cref="ImpossibleException">No member, or a page of nothing.</exception>
    public void Check()
    {
        ImpossibleException.IfNotPositive(Members, $"a store {Name}", "members");
        ImpossibleException.IfNotPositive(PageSize.Bytes, $"a page of {Name}", "bytes");
        ImpossibleException.IfNegative(LocalFlush.Value, $"a flush of {Name}");
        ImpossibleException.IfNegative(FlushBudget.Value, $"a budget for flushes of {Name}");
    }
}
