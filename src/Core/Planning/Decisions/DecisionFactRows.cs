using System.Collections.Immutable;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Every fact of the decisions, with its key and with the reason of its default.</summary>
public static class DecisionFactRows
{
    public static readonly ImmutableArray<DecisionFact<KubernetesFacts>> Kubernetes =
    [
        new("all-manifests-in-git", facts => FactValue.Of(facts.AllManifestsInGit), "nobody said that nothing is changed by hand"),
        new("secrets", facts => FactValue.Choice(facts.Secrets), "nobody said that they are anywhere else"),
        new("secret-keys-kept", facts => FactValue.Of(facts.SecretKeysKept), "nobody said that they are"),
        new("volume-size", facts => FactValue.Of(facts.VolumeSize), "a middling cluster: declare it, it decides how long a backup takes"),
        new("store-share", facts => FactValue.Share(facts.StoreShare), "nobody said that a store of this file is in the cluster"),
        new("csi-snapshots", facts => FactValue.Of(facts.CsiSnapshots), "nobody said that the driver takes them"),
        new("snapshots-leave-storage", facts => FactValue.Of(facts.SnapshotsLeaveStorage), "snapshots mostly lie where their volume does"),
        new("managed-control-plane", facts => FactValue.Of(facts.ManagedControlPlane), "a cluster of one's own, in one's own sites"),
        new("target", facts => FactValue.Choice(facts.Target), "a site may be lost, and its cluster with it"),
        new("rpo", facts => FactValue.Of(facts.Rpo), "every night"),
        new("rto", facts => FactValue.Of(facts.Rto), "a working day"),
        new("namespaces", facts => FactValue.Of(facts.Namespaces), "a handful of applications"),
        new("tenants", facts => FactValue.Of(facts.Tenants), "one organisation"),
        new("backup-rate", facts => FactValue.Of(facts.BackupRate), "a gigabit line, nearly full"),
        new("restore-rate", facts => FactValue.Of(facts.RestoreRate), "as a store's: from object storage to flash"),
        new("store-loss", facts => FactValue.Of(facts.StoreLoss), "how long a piece of log waits before it is archived, at the worst"),
        new("object-run", facts => FactValue.Of(facts.ObjectRun), "some thousands of objects through the API"),
        new("snapshot-run", facts => FactValue.Of(facts.SnapshotRun), "a snapshot copies nothing, and etcd has 8 GiB at most"),
        new("git-apply", facts => FactValue.Of(facts.GitApply), "some thousands of objects, and images are fetched beside it"),
        new("object-restore", facts => FactValue.Of(facts.ObjectRestore), "definitions first, then what they define"),
        new("etcd-restore", facts => FactValue.Of(facts.EtcdRestore), "all API servers and all members stop and start again, by hand"),
        new("snapshot-restore", facts => FactValue.Of(facts.SnapshotRestore), "volumes are made from what the storage already has"),
        new("images-kept", facts => FactValue.Of(facts.ImagesKept), "nobody said that they are"),
        new("outside-in-code", facts => FactValue.Of(facts.OutsideInCode), "nobody said that they are"),
        new("identities-in-code", facts => FactValue.Of(facts.IdentitiesInCode), "nobody said that they are"),
        new("cluster-in-code", facts => FactValue.Of(facts.ClusterInCode), "nobody said that it is"),
        new("backup-credentials-kept", facts => FactValue.Of(facts.BackupCredentialsKept), "nobody said that they are"),
    ];

    public static readonly ImmutableArray<DecisionFact<CloudFacts>> Cloud =
    [
        new("required-availability", facts => FactValue.Available(facts.RequiredAvailability), "two days a year without it: declare it, it decides"),
        new("regulator-demands-exit-plan", facts => FactValue.Of(facts.RegulatorDemandsExitPlan), "nobody said so"),
        new("regulator-demands-second-provider", facts => FactValue.Of(facts.RegulatorDemandsSecondProvider), "nobody said so"),
        new("exit-tested", facts => FactValue.Of(facts.ExitTested), "nobody said that it has been"),
        new("second-region-allowed", facts => FactValue.Of(facts.SecondRegionAllowed), "large providers have two regions in most countries"),
        new("second-provider-allowed", facts => FactValue.Of(facts.SecondProviderAllowed), "nobody said that data must not be there"),
        new("team-size", facts => FactValue.Of(facts.TeamSize), "a small team"),
        new("providers-mastered", facts => FactValue.Of(facts.ProvidersMastered), "the one that is in use"),
        new("copied-a-month", facts => FactValue.Of(facts.CopiedAMonth), "some 400 KB a second: declare it"),
        new("region-egress", facts => FactValue.Of(facts.RegionEgress), "about the list price of large providers within a continent"),
        new("provider-egress", facts => FactValue.Of(facts.ProviderEgress), "about the list price of large providers to the internet"),
        new("spend", facts => FactValue.Of(facts.Spend), "only what it is compared with: declare it"),
        new("passive-share", facts => FactValue.Share(facts.PassiveShare), "the data, and a part of the hosts"),
        new("portable-share", facts => FactValue.Share(facts.PortableShare), "half of it behind interfaces that others have, half not"),
        new("latency-budget", facts => FactValue.Of(facts.LatencyBudget), "what applications that commit often do not notice"),
        new("provider-round-trip", facts => FactValue.Of(facts.ProviderRoundTrip), "two providers in neighbouring cities"),
        new("region-availability", facts => FactValue.Available(facts.RegionAvailability), "four hours a year: declare what you have measured"),
        new("provider-availability", facts => FactValue.Available(facts.ProviderAvailability), "an hour a year of what all its regions share"),
        new("own-availability", facts => FactValue.Available(facts.OwnAvailability), "nine hours a year of one's own changes: declare what you have measured"),
        new("failover-works", facts => FactValue.Share(facts.FailoverWorks), "one in ten fails, where it is drilled now and then"),
        new("active-failover-works", facts => FactValue.Share(facts.ActiveFailoverWorks), "the other side is known to work, its room for all of the load not"),
        new("reasons", facts => FactValue.List(facts.Reasons), "nobody gave one"),
    ];

    public static readonly ImmutableArray<DecisionFact<StorageFacts>> Storage =
    [
        new("ceph-hosts", facts => FactValue.Of(facts.CephHosts), "nobody said that there is a Ceph cluster"),
        new("performance-disks", facts => FactValue.Of(facts.PerformanceDisks), "four flash disks in each host"),
        new("performance-disk-size", facts => FactValue.Of(facts.PerformanceDiskSize), "a usual size of such disks"),
        new("capacity-disks", facts => FactValue.Of(facts.CapacityDisks), "nobody said that there are turning disks"),
        new("capacity-disk-size", facts => FactValue.Of(facts.CapacityDiskSize), "a usual size of such disks"),
        new("data-chunks", facts => FactValue.Of(facts.DataChunks), "4+2: half as much again, and two hosts may be lost"),
        new("coding-chunks", facts => FactValue.Of(facts.CodingChunks), "4+2: half as much again, and two hosts may be lost"),
        new("stripe-unit", facts => FactValue.Of(facts.StripeUnit), "Ceph's own default"),
        new("allow-ec-overwrites", facts => FactValue.Of(facts.ErasureOverwrites), "Ceph's own default"),
        new("allow-ec-optimizations", facts => FactValue.Of(facts.ErasureOptimizations), "Ceph's own default"),
        new("bluestore", facts => FactValue.Of(facts.BlueStore), "as it has been since Luminous"),
        new("network-round-trip", facts => FactValue.Of(facts.NetworkRoundTrip), "one switch, and cards of 10 Gbit/s or more"),
        new("host-line", facts => FactValue.Of(facts.HostLine), "a line of 10 Gbit/s"),
        new("recovery-share", facts => FactValue.Share(facts.RecoveryShare), "mClock's profile balanced: half for clients, half for recovery"),
        new("performance-flush", facts => FactValue.Of(facts.PerformanceFlush), "flash with protection against power loss"),
        new("performance-read", facts => FactValue.Of(facts.PerformanceRead), "flash, one block"),
        new("capacity-flush", facts => FactValue.Of(facts.CapacityFlush), "the head moves, and half a turn at 7200 a minute; less with the log on flash"),
        new("capacity-read", facts => FactValue.Of(facts.CapacityRead), "the head moves, and half a turn at 7200 a minute"),
        new("osd-work", facts => FactValue.Of(facts.OsdWork), "what makes 0.45 ms of a write to three copies, which Ceph's own measurement is near to"),
        new("full-ratio", facts => FactValue.Share(facts.FullRatio), "mon_osd_nearfull_ratio, where Ceph begins to warn"),
        new("slow-share", facts => FactValue.Share(facts.SlowShare), "one answer in a hundred, as of any server"),
        new("local-capacity", facts => FactValue.Of(facts.LocalCapacity), "two disks of 3.84 TB"),
        new("local-mirrored", facts => FactValue.Of(facts.LocalMirrored), "a host's disks are mirrored mostly"),
    ];
}
