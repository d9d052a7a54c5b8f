using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Where the secrets of a cluster are kept, besides in it.</summary>
public enum SecretsHome
{
    /// <summary>Nowhere: they are in the cluster's etcd only.</summary>
    ClusterOnly,
    /// <summary>In Git, readable. They come back, and whoever reads the repository has them.</summary>
    GitPlain,
    /// <summary>In Git, encrypted (Sealed Secrets, SOPS): worth as much as the key that opens them.</summary>
    GitEncrypted,
    /// <summary>In a secret store (Vault, OpenBao) that has backups of its own; the cluster reads them from there.</summary>
    SecretStore,
}

/// <summary>Where it is to be restored to, at the worst.</summary>
public enum RestoreTarget
{
    /// <summary>The same cluster on the same storage: somebody deleted something.</summary>
    SameCluster,
    /// <summary>Another cluster of the same kind, without the old storage: a site was lost.</summary>
    OtherCluster,
    /// <summary>A cluster of another provider, with another storage system.</summary>
    OtherProvider,
}

/// <summary>What is known of a Kubernetes cluster, for the question how to back it up. What nobody declares has the default here.</summary>
public sealed record KubernetesFacts
{
    /// <summary>Every manifest, the definitions of custom resources among them, is in Git and applied from there; nothing is changed by
    /// hand.</summary>
    public bool AllManifestsInGit { get; init; }
    public SecretsHome Secrets { get; init; } = SecretsHome.ClusterOnly;
    /// <summary>The keys that open secrets (of Sealed Secrets, of SOPS, of encryption at rest) are kept outside the cluster.</summary>
    public bool SecretKeysKept { get; init; }
    /// <summary>Of all persistent volumes together.</summary>
    public ByteCount VolumeSize { get; init; } = new(100e9);
    /// <summary>Of that, what belongs to stores that have backups of their own: those in this file.</summary>
    public Probability StoreShare { get; init; } = Probability.Never;
    /// <summary>The storage driver can take snapshots (CSI VolumeSnapshot).</summary>
    public bool CsiSnapshots { get; init; }
    /// <summary>Those snapshots are copied out of the storage system by it: they outlive it.</summary>
    public bool SnapshotsLeaveStorage { get; init; }
    /// <summary>The provider runs the control plane: nobody gets at its etcd.</summary>
    public bool ManagedControlPlane { get; init; }
    public RestoreTarget Target { get; init; } = RestoreTarget.OtherCluster;
    /// <summary>How much may be lost, in time.</summary>
    public TimeSpan Rpo { get; init; } = TimeSpan.FromHours(24);
    /// <summary>How long it may take until all is back.</summary>
    public TimeSpan Rto { get; init; } = TimeSpan.FromHours(8);
    public int Namespaces { get; init; } = 10;
    /// <summary>Who share the cluster, and may each want something of theirs back without the others.</summary>
    public int Tenants { get; init; } = 1;
    /// <summary>How fast volumes are read and sent to object storage.</summary>
    public ByteRate BackupRate { get; init; } = new(100e6);
    /// <summary>How fast volumes and stores are written back.</summary>
    public ByteRate RestoreRate { get; init; } = new(150e6);
    /// <summary>What a store's own backup loses at most: how long a piece of log waits before it is archived.</summary>
    public TimeSpan StoreLoss { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>Reading all objects through the API; some thousands of them.</summary>
    public TimeSpan ObjectRun { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>A snapshot of a volume, which copies nothing, or of etcd, which has 8 GiB at most (etcd, "System limits").</summary>
    public TimeSpan SnapshotRun { get; init; } = TimeSpan.FromMinutes(1);
    /// <summary>Until all that is in Git has been applied to an empty cluster.</summary>
    public TimeSpan GitApply { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>Until all objects have been written through the API, in their order.</summary>
    public TimeSpan ObjectRestore { get; init; } = TimeSpan.FromMinutes(15);
    /// <summary>All API servers stopped, all members of etcd restored from one file, all started again: by hand, in order.</summary>
    public TimeSpan EtcdRestore { get; init; } = TimeSpan.FromMinutes(30);
    /// <summary>Volumes made from snapshots on the storage that has them.</summary>
    public TimeSpan SnapshotRestore { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>The images are also in a registry that outlives the cluster and its provider.</summary>
    public bool ImagesKept { get; init; }
    /// <summary>Names, load balancers and firewalls outside the cluster are made from code that is kept outside it.</summary>
    public bool OutsideInCode { get; init; }
    /// <summary>Cloud identities and permissions are made from such code.</summary>
    public bool IdentitiesInCode { get; init; }
    /// <summary>The cluster itself (nodes, versions, add-ons, certificate authority) is made from such code.</summary>
    public bool ClusterInCode { get; init; }
    /// <summary>What opens the backups (access to object storage, encryption keys) is kept where neither cluster nor site can take it
    /// along.</summary>
    public bool BackupCredentialsKept { get; init; }

    /// <summary>Of the volumes, what belongs to stores.</summary>
    public ByteCount StoreData => VolumeSize * StoreShare.Value;

    /// <summary>Of the volumes, the rest.</summary>
    public ByteCount OtherData => VolumeSize * StoreShare.Not.Value;

    /// <summary>Refuses what no cluster has.</summary>
    /// <exception cref="ImpossibleException">A time below zero, a rate of nothing, or no namespace.</exception>
    public void Check()
    {
        ImpossibleException.IfNegative(Rpo, "an rpo");
        ImpossibleException.IfNegative(Rto, "an rto");
        foreach (var time in (TimeSpan[])[StoreLoss, ObjectRun, SnapshotRun, GitApply, ObjectRestore, EtcdRestore, SnapshotRestore])
        {
            ImpossibleException.IfNegative(time, "a time of backup or restore");
        }

        ImpossibleException.IfNotPositive(BackupRate.BytesPerSecond, "a backup rate", "bytes per second");
        ImpossibleException.IfNotPositive(RestoreRate.BytesPerSecond, "a restore rate", "bytes per second");
        ImpossibleException.IfNotPositive(Namespaces, "a cluster", "namespaces");
        ImpossibleException.IfNotPositive(Tenants, "a cluster", "tenants");
    }
}
