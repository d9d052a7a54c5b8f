using System.Collections.Immutable;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Why an option cannot be had for a cluster, and what would open it.</summary>
internal static class KubernetesGates
{
    public static ImmutableArray<Gate> Of(KubernetesCover cover) => [.. OfMeans(cover), .. OfParts(cover), .. OfTimes(cover)];

    private static IEnumerable<Gate> OfMeans(KubernetesCover cover)
    {
        if (cover.Uses(KubernetesMeans.Etcd) && cover.Facts.ManagedControlPlane)
        {
            yield return new Gate("the provider runs the control plane: nobody gets at its etcd",
                "a control plane of one's own, or objects through the API");
        }

        if (cover.Uses(KubernetesMeans.Snapshots) && !cover.Facts.CsiSnapshots)
        {
            yield return new Gate("the storage driver takes no snapshots", "a CSI driver with VolumeSnapshot");
        }
    }

    private static IEnumerable<Gate> OfParts(KubernetesCover cover)
    {
        if (!cover.KeepsObjects)
        {
            yield return Objects(cover);
        }

        if (!cover.KeepsSecrets && (cover.KeepsObjects || cover.Uses(KubernetesMeans.Git)))
        {
            yield return cover.Uses(KubernetesMeans.Git) && cover.Facts.Secrets == SecretsHome.GitEncrypted
                ? new Gate("secrets are in Git, encrypted, and the key that opens them is in the lost cluster only",
                    "the key kept outside the cluster")
                : new Gate("secrets are in the cluster only", "secrets in a secret store, or encrypted in Git with their key kept elsewhere");
        }

        if (!cover.KeepsStoreData || !cover.KeepsOtherData)
        {
            yield return Data(cover);
        }
    }

    private static Gate Objects(KubernetesCover cover) => (cover.Uses(KubernetesMeans.Git), cover.Uses(KubernetesMeans.Etcd)) switch
    {
        (true, _) =>
            new Gate("not every manifest is in Git: what is not there does not come back", "all manifests in Git, and nothing changed by hand"),
        (_, true) when !cover.Facts.ManagedControlPlane => new Gate(
            "an etcd snapshot is one control plane, with its nodes, addresses and certificates: it does not become another cluster",
            "a restore to the same cluster only, or objects through the API"),
        _ => new Gate("nothing brings the API objects back", "Velero-style backups, or all manifests in Git"),
    };

    private static Gate Data(KubernetesCover cover)
    {
        if (cover.Uses(KubernetesMeans.Snapshots) && cover.Facts.CsiSnapshots)
        {
            return cover.Facts.Target == RestoreTarget.OtherProvider
                ? new Gate("a snapshot is of use to its own storage system only, and another provider has another one",
                    "volume data in object storage")
                : new Gate("the snapshots stay in the storage system and are lost with it",
                    "snapshots that leave the storage system, or volume data in object storage");
        }

        var lost = (cover.KeepsStoreData ? 0 : cover.Facts.StoreData.Bytes) + (cover.KeepsOtherData ? 0 : cover.Facts.OtherData.Bytes);
        return new Gate($"nothing keeps {QuantityText.Of(new ByteCount(lost))} in volumes", cover.KeepsStoreData
            ? "volume data in object storage, or nothing in volumes but stores with backups of their own"
            : "the stores' own backups, or volume data in object storage");
    }

    private static IEnumerable<Gate> OfTimes(KubernetesCover cover)
    {
        var facts = cover.Facts;
        if (cover.Age is { } age && age > facts.Rpo)
        {
            yield return new Gate(
                $"a backup takes {QuantityText.Of(age)}: none is younger than that, and {QuantityText.Of(facts.Rpo)} may be lost",
                $"a larger rpo, fewer data in volumes, or a faster backup-rate than {QuantityText.Of(facts.BackupRate)}");
        }

        if (cover.Restore is { } restore && restore > facts.Rto)
        {
            yield return new Gate(
                $"a restore takes {QuantityText.Of(restore)}, and it may take {QuantityText.Of(facts.Rto)}",
                $"a larger rto, fewer data, or a faster restore-rate than {QuantityText.Of(facts.RestoreRate)}");
        }
    }
}
