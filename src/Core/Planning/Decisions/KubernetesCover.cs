using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What an option keeps of a cluster, how old it is at the worst, and how long it takes to come back.</summary>
/// <remarks>
/// Sources. Velero reads objects through the API and needs no access to etcd; an etcd snapshot restores the cluster it was taken of (Velero FAQ,
/// "When is it appropriate to use Velero instead of etcd's built in backup/restore?"; etcd, "Disaster recovery"). A CSI snapshot may stay in the
/// storage system of its volume and be lost with it, and needs the same driver elsewhere (Velero, "Container Storage Interface Snapshot Support",
/// note); data movement takes it to object storage and to other providers (Velero, "CSI Snapshot Data Movement").
/// </remarks>
internal sealed class KubernetesCover(KubernetesFacts facts, KubernetesMeans means)
{
    public KubernetesFacts Facts => facts;

    public bool Uses(KubernetesMeans one) => (means & one) != KubernetesMeans.None;

    public int Tools => Enum.GetValues<KubernetesMeans>().Count(one => one != KubernetesMeans.None && Uses(one));

    private bool SameCluster => facts.Target == RestoreTarget.SameCluster;

    public bool EtcdHelps => Uses(KubernetesMeans.Etcd) && !facts.ManagedControlPlane && SameCluster;

    /// <summary>A snapshot can be had, and is still there and usable at the target.</summary>
    public bool SnapshotsHelp => Uses(KubernetesMeans.Snapshots) && facts.CsiSnapshots
        && (SameCluster || (facts.SnapshotsLeaveStorage && facts.Target == RestoreTarget.OtherCluster));

    public bool GitHelps => Uses(KubernetesMeans.Git) && facts.AllManifestsInGit;

    public bool KeepsObjects => GitHelps || EtcdHelps || Uses(KubernetesMeans.Velero);

    public bool KeepsSecrets => EtcdHelps || Uses(KubernetesMeans.Velero) || facts.Secrets == SecretsHome.SecretStore
        || (Uses(KubernetesMeans.Git) && GitOpens);

    private bool GitOpens => facts.Secrets == SecretsHome.GitPlain || (facts.Secrets == SecretsHome.GitEncrypted && facts.SecretKeysKept);

    public bool HasStoreData => facts.StoreData.Bytes > 0;
    public bool HasOtherData => facts.OtherData.Bytes > 0;
    public bool KeepsVolumes => Uses(KubernetesMeans.Velero) || SnapshotsHelp;
    public bool KeepsStoreData => !HasStoreData || Uses(KubernetesMeans.Stores) || KeepsVolumes;
    public bool KeepsOtherData => !HasOtherData || KeepsVolumes;
    public bool KeepsAll => KeepsObjects && KeepsSecrets && KeepsStoreData && KeepsOtherData;

    /// <summary>What is left for volumes' backups: the stores' own data only where they have none of their own.</summary>
    private ByteCount InVolumes => Uses(KubernetesMeans.Stores) ? facts.OtherData : facts.VolumeSize;

    /// <summary>
    /// How old the youngest whole backup is at the best schedule, one run after another: as long as a run takes. Null: something is not kept at all.
    /// </summary>
    public TimeSpan? Age => KeepsAll ? Longest(ObjectsAge, VolumesAge, StoresAge) : null;

    /// <summary>Until all is back: objects, then volumes, then stores, for they share the way. Null: something never comes back.</summary>
    public TimeSpan? Restore => KeepsAll ? ObjectsRestore + VolumesRestore + StoresRestore : null;

    /// <summary>Secrets, too, come from where Git can reach them.</summary>
    private bool GitIsEnough => GitHelps && (GitOpens || facts.Secrets == SecretsHome.SecretStore);

    private TimeSpan ObjectsAge => Least(
        (GitIsEnough, TimeSpan.Zero), (EtcdHelps, facts.SnapshotRun), (Uses(KubernetesMeans.Velero), facts.ObjectRun));

    private TimeSpan VolumesAge => InVolumes.Bytes == 0 ? TimeSpan.Zero : Least(
        (SnapshotsHelp, facts.SnapshotRun), (Uses(KubernetesMeans.Velero), InVolumes / facts.BackupRate));

    private TimeSpan StoresAge => HasStoreData && Uses(KubernetesMeans.Stores) ? facts.StoreLoss : TimeSpan.Zero;

    private TimeSpan ObjectsRestore => Least(
        (GitIsEnough, facts.GitApply), (EtcdHelps, facts.EtcdRestore), (Uses(KubernetesMeans.Velero), facts.ObjectRestore));

    private TimeSpan VolumesRestore => InVolumes.Bytes == 0 ? TimeSpan.Zero : Least(
        (SnapshotsHelp && SameCluster, facts.SnapshotRestore), (KeepsVolumes, InVolumes / facts.RestoreRate));

    private TimeSpan StoresRestore => Uses(KubernetesMeans.Stores) ? facts.StoreData / facts.RestoreRate : TimeSpan.Zero;

    private static TimeSpan Longest(params TimeSpan[] times) => times.Max();

    /// <summary>The quickest of those that there are. Asked only where all is kept, and so there is one.</summary>
    private static TimeSpan Least(params (bool There, TimeSpan Time)[] ways) =>
        ways.Where(way => way.There).Select(way => way.Time).DefaultIfEmpty(TimeSpan.Zero).Min();
}
