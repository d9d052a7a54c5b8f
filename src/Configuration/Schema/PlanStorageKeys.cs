using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;
using Of = Holdfast.Configuration.Schema.DecisionKeys<Holdfast.Core.Planning.Decisions.StorageFacts>;

namespace Holdfast.Configuration.Schema;

/// <summary><c>planning.storage:</c></summary>
internal static class PlanStorageKeys
{
    private const int ManyHosts = 100_000;

    public static readonly DecisionKey<StorageFacts, int> CephHosts = Of.Whole(
        "ceph-hosts", 0, ManyHosts, facts => facts.CephHosts, (facts, value) => facts with { CephHosts = value },
        "Hosts with disks of a Ceph cluster. `0`: there is none.");

    public static readonly DecisionKey<StorageFacts, double> FullRatio = Of.Share(
        "full-ratio", facts => facts.FullRatio, (facts, value) => facts with { FullRatio = value },
        "How full disks may be: `mon_osd_nearfull_ratio`; also of local disks.");

    public static readonly DecisionKey<StorageFacts, double> RecoveryShare = Of.Share(
        "recovery-share", facts => facts.RecoveryShare, (facts, value) => facts with { RecoveryShare = value },
        "Of `host-line`, what recovery may take.");

    /// <summary>What is of a Ceph cluster alone, and says nothing where there is none.</summary>
    public static readonly ImmutableArray<DecisionKey<StorageFacts>> OfCeph =
    [
        Of.Whole(
            "performance-disks", 0, 1000, facts => facts.PerformanceDisks, (facts, value) => facts with { PerformanceDisks = value },
            "Flash disks in each of them: the performance pool."),
        Of.Bytes(
            "performance-disk-size", facts => facts.PerformanceDiskSize.Bytes,
            (facts, value) => facts with { PerformanceDiskSize = new ByteCount(value) }, "Of one of them."),
        Of.Whole(
            "capacity-disks", 0, 1000, facts => facts.CapacityDisks, (facts, value) => facts with { CapacityDisks = value },
            "Turning disks in each of them: the capacity pool."),
        Of.Bytes(
            "capacity-disk-size", facts => facts.CapacityDiskSize.Bytes, (facts, value) => facts with { CapacityDiskSize = new ByteCount(value) },
            "Of one of them."),
        Of.Whole("data-chunks", 2, 64, facts => facts.DataChunks, (facts, value) => facts with { DataChunks = value }, "Of the erasure code: k."),
        Of.Whole("coding-chunks", 1, 64, facts => facts.CodingChunks, (facts, value) => facts with { CodingChunks = value }, "Of the erasure code: m."),
        Of.Bytes(
            "stripe-unit", facts => facts.StripeUnit.Bytes, (facts, value) => facts with { StripeUnit = new ByteCount(value) },
            "Of the erasure code's profile: `stripe_unit`. It cannot be changed later."),
        Of.YesNo(
            "allow-ec-overwrites", facts => facts.ErasureOverwrites, (facts, value) => facts with { ErasureOverwrites = value },
            "The erasure-coded pool has `allow_ec_overwrites`: without it a block device cannot use it."),
        Of.YesNo(
            "allow-ec-optimizations", facts => facts.ErasureOptimizations, (facts, value) => facts with { ErasureOptimizations = value },
            "It has `allow_ec_optimizations` (Ceph Tentacle and later): small writes touch only what they change."),
        Of.YesNo("bluestore", facts => facts.BlueStore, (facts, value) => facts with { BlueStore = value }, "The disks' store is BlueStore."),
        Of.Latency(
            "network-round-trip", facts => facts.NetworkRoundTrip, (facts, value) => facts with { NetworkRoundTrip = value },
            "Between a client and a host with disks, and between two of these, there and back."),
        Of.Latency(
            "performance-flush", facts => facts.PerformanceFlush, (facts, value) => facts with { PerformanceFlush = value },
            "Until a flash disk of the cluster has a write."),
        Of.Latency(
            "performance-read", facts => facts.PerformanceRead, (facts, value) => facts with { PerformanceRead = value },
            "Until one has read a block."),
        Of.Latency(
            "capacity-flush", facts => facts.CapacityFlush, (facts, value) => facts with { CapacityFlush = value },
            "Until a turning disk has a write. Less where its write-ahead log is on flash."),
        Of.Latency(
            "capacity-read", facts => facts.CapacityRead, (facts, value) => facts with { CapacityRead = value }, "Until one has read a block."),
        Of.Latency(
            "osd-work", facts => facts.OsdWork, (facts, value) => facts with { OsdWork = value }, "What Ceph's programs compute for one write."),
    ];

    public static readonly ImmutableArray<DecisionKey<StorageFacts>> All =
    [
        CephHosts,
        .. OfCeph,
        Of.Bytes(
            "host-line", facts => facts.HostLine.BytesPerSecond, (facts, value) => facts with { HostLine = new ByteRate(value) },
            "What the line of each host carries in a second, of the Ceph cluster and of databases."),
        RecoveryShare,
        FullRatio,
        Of.Share(
            "slow-share", facts => facts.SlowShare, (facts, value) => facts with { SlowShare = value },
            "How often one disk answers late. A write that waits for several is late more often."),
        Of.Bytes(
            "local-capacity", facts => facts.LocalCapacity.Bytes, (facts, value) => facts with { LocalCapacity = new ByteCount(value) },
            "Of a database host's disks together, mirrors counted."),
        Of.YesNo(
            "local-mirrored", facts => facts.LocalMirrored, (facts, value) => facts with { LocalMirrored = value },
            "Every local disk has a mirror in the same host."),
    ];

    public static readonly SectionShape Shape = new("planning.storage", [.. All.Select(key => key.Key)]);
}
