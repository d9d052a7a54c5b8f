using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;
using Of = Holdfast.Configuration.Schema.DecisionKeys<Holdfast.Core.Planning.Decisions.KubernetesFacts>;

namespace Holdfast.Configuration.Schema;

/// <summary><c>planning.kubernetes:</c></summary>
internal static class PlanKubernetesKeys
{
    public const string RpoName = "rpo";
    public const string RtoName = "rto";
    public const string StoreLossName = "store-loss";

    public static readonly DecisionKey<KubernetesFacts, bool> Snapshots = Of.YesNo(
        "csi-snapshots", facts => facts.CsiSnapshots, (facts, value) => facts with { CsiSnapshots = value },
        "The storage driver can take snapshots (CSI VolumeSnapshot).");

    public static readonly DecisionKey<KubernetesFacts, bool> SnapshotsLeave = Of.YesNo(
        "snapshots-leave-storage", facts => facts.SnapshotsLeaveStorage, (facts, value) => facts with { SnapshotsLeaveStorage = value },
        "The storage system copies them out of itself: they outlive it.");

    public static readonly ImmutableArray<DecisionKey<KubernetesFacts>> All =
    [
        Of.YesNo(
            "all-manifests-in-git", facts => facts.AllManifestsInGit, (facts, value) => facts with { AllManifestsInGit = value },
            "Every manifest, the definitions of custom resources among them, is in Git and applied from there; nothing is changed by hand."),
        Of.Choice(
            "secrets", facts => facts.Secrets, (facts, value) => facts with { Secrets = value },
            "Where secrets are kept besides in the cluster: nowhere, in Git readable, in Git encrypted, or in a secret store with backups of its own."),
        Of.YesNo(
            "secret-keys-kept", facts => facts.SecretKeysKept, (facts, value) => facts with { SecretKeysKept = value },
            "The keys that open secrets (of Sealed Secrets, of SOPS, of encryption at rest) are kept outside the cluster."),
        Of.Bytes(
            "volume-size", facts => facts.VolumeSize.Bytes, (facts, value) => facts with { VolumeSize = new ByteCount(value) },
            "Of all persistent volumes together.", orNothing: true),
        Of.Share(
            "store-share", facts => facts.StoreShare, (facts, value) => facts with { StoreShare = value },
            "Of that, what belongs to stores that have backups of their own: those in this file."),
        Snapshots,
        SnapshotsLeave,
        Of.YesNo(
            "managed-control-plane", facts => facts.ManagedControlPlane, (facts, value) => facts with { ManagedControlPlane = value },
            "The provider runs the control plane: nobody gets at its etcd."),
        Of.Choice(
            "target", facts => facts.Target, (facts, value) => facts with { Target = value },
            "Where it is restored to, at the worst: the same cluster on the same storage, another one of the same kind without the old storage, " +
            "or one of another provider."),
        Of.Time(
            RpoName, facts => facts.Rpo, (facts, value) => facts with { Rpo = value }, "How much may be lost, in time.",
            "`site-loss` of the planned store of class `kubernetes`, else `24h`"),
        Of.Time(
            RtoName, facts => facts.Rto, (facts, value) => facts with { Rto = value }, "How long it may take until all is back.",
            "`site-loss` of the planned store of class `kubernetes`, else `8h`"),
        Of.Whole(
            "namespaces", 1, 1_000_000, facts => facts.Namespaces, (facts, value) => facts with { Namespaces = value }, "How many there are."),
        Of.Whole(
            "tenants", 1, 1_000_000, facts => facts.Tenants, (facts, value) => facts with { Tenants = value },
            "Who share the cluster, and may each want something of theirs back without the others."),
        Of.Bytes(
            "backup-rate", facts => facts.BackupRate.BytesPerSecond, (facts, value) => facts with { BackupRate = new ByteRate(value) },
            "What is read of volumes and sent to object storage in a second."),
        Of.Bytes(
            "restore-rate", facts => facts.RestoreRate.BytesPerSecond, (facts, value) => facts with { RestoreRate = new ByteRate(value) },
            "What is written back to volumes and stores in a second."),
        Of.Time(
            StoreLossName, facts => facts.StoreLoss, (facts, value) => facts with { StoreLoss = value },
            "What a store's own backup loses at most.", "`planning.backup.archive-timeout`"),
        Of.Time(
            "object-run", facts => facts.ObjectRun, (facts, value) => facts with { ObjectRun = value }, "Until all objects are read through the API."),
        Of.Time(
            "snapshot-run", facts => facts.SnapshotRun, (facts, value) => facts with { SnapshotRun = value },
            "Until a snapshot of a volume, or of etcd, is taken."),
        Of.Time(
            "git-apply", facts => facts.GitApply, (facts, value) => facts with { GitApply = value },
            "Until all that is in Git has been applied to an empty cluster."),
        Of.Time(
            "object-restore", facts => facts.ObjectRestore, (facts, value) => facts with { ObjectRestore = value },
            "Until all objects have been written through the API, in their order."),
        Of.Time(
            "etcd-restore", facts => facts.EtcdRestore, (facts, value) => facts with { EtcdRestore = value },
            "Until a control plane runs again from a snapshot of its etcd."),
        Of.Time(
            "snapshot-restore", facts => facts.SnapshotRestore, (facts, value) => facts with { SnapshotRestore = value },
            "Until volumes are made from snapshots on the storage that has them."),
        Of.YesNo(
            "images-kept", facts => facts.ImagesKept, (facts, value) => facts with { ImagesKept = value },
            "The images are also in a registry that outlives the cluster and its provider."),
        Of.YesNo(
            "outside-in-code", facts => facts.OutsideInCode, (facts, value) => facts with { OutsideInCode = value },
            "Names, load balancers and firewalls outside the cluster are made from code that is kept outside it."),
        Of.YesNo(
            "identities-in-code", facts => facts.IdentitiesInCode, (facts, value) => facts with { IdentitiesInCode = value },
            "Cloud identities and permissions are made from such code."),
        Of.YesNo(
            "cluster-in-code", facts => facts.ClusterInCode, (facts, value) => facts with { ClusterInCode = value },
            "The cluster itself (nodes, versions, add-ons, certificate authority) is made from such code."),
        Of.YesNo(
            "backup-credentials-kept", facts => facts.BackupCredentialsKept, (facts, value) => facts with { BackupCredentialsKept = value },
            "What opens the backups is kept where neither cluster nor site can take it along."),
    ];

    public static readonly SectionShape Shape = new("planning.kubernetes", [.. All.Select(key => key.Key)]);
}
