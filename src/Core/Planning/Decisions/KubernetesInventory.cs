using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How a part of a cluster stands.</summary>
public enum InventoryState
{
    /// <summary>Something keeps it.</summary>
    Covered,
    /// <summary>Nothing does.</summary>
    NotCovered,
    /// <summary>There is none of it, or it is made anew from the rest.</summary>
    NotNeeded,
}

/// <summary>One thing that a cluster is made of.</summary>
/// <param name="What">The thing.</param>
/// <param name="By">What keeps it; where nothing does, what that means; where it is not needed, why not.</param>
/// <param name="InThisFile">It is a store, which this file describes. Holdfast makes no backups of clusters: all else is for another tool.</param>
/// <param name="Remedy">What to do. Null: nothing.</param>
public sealed record InventoryItem(string What, InventoryState State, string By, bool InThisFile, string? Remedy)
{
    internal static InventoryItem Kept(string what, string by, bool inThisFile, string? remedy = null) =>
        new(what, InventoryState.Covered, by, inThisFile, remedy);

    internal static InventoryItem Lost(string what, string means, bool inThisFile, string remedy) =>
        new(what, InventoryState.NotCovered, means, inThisFile, remedy);

    internal static InventoryItem Unneeded(string what, string why, bool inThisFile) => new(what, InventoryState.NotNeeded, why, inThisFile, null);
}

/// <summary>Everything that must be there for a cluster to live again, not only what backup tools are about.</summary>
internal static class KubernetesInventory
{
    private const string KeepCode = "describe it in code, and keep that code elsewhere";

    public static ImmutableArray<InventoryItem> Of(KubernetesCover cover) =>
    [
        Objects(cover, "API objects"),
        Objects(cover, "definitions of custom resources"),
        StoreVolumes(cover),
        OtherVolumes(cover),
        Etcd(cover),
        Secrets(cover),
        SecretKeys(cover),
        .. Outside(cover.Facts),
    ];

    private static InventoryItem Objects(KubernetesCover cover, string what)
    {
        return cover.GitHelps ? InventoryItem.Kept(what, "Git", false)
            : cover.Uses(KubernetesMeans.Velero) ? InventoryItem.Kept(what, "Velero-style backup, definitions before what they define", false)
            : cover.EtcdHelps ? InventoryItem.Kept(what, "etcd snapshots", false)
            : InventoryItem.Lost(what, "they would be written anew", false, "Velero-style backups, or all of it in Git");
    }

    private static InventoryItem StoreVolumes(KubernetesCover cover)
    {
        const string What = "volumes of stores";
        const string Remedy = "the stores' own backups: they come back to a transaction";
        if (!cover.HasStoreData)
        {
            return InventoryItem.Unneeded(What, "no data of stores are in the cluster", true);
        }

        var size = QuantityText.Of(cover.Facts.StoreData);
        return cover.Uses(KubernetesMeans.Stores) ? InventoryItem.Kept(What, $"the stores' own backups, {size}", true)
            : cover.KeepsVolumes ? InventoryItem.Kept(What, $"copies of volumes, {size}: as after a power cut at best", false, Remedy)
            : InventoryItem.Lost(What, $"{size} would be gone", true, Remedy);
    }

    private static InventoryItem OtherVolumes(KubernetesCover cover)
    {
        const string What = "other volumes";
        if (!cover.HasOtherData)
        {
            return InventoryItem.Unneeded(What, "there are none", false);
        }

        var size = QuantityText.Of(cover.Facts.OtherData);
        return (cover.Uses(KubernetesMeans.Velero), cover.SnapshotsHelp) switch
        {
            (true, true) => InventoryItem.Kept(What, $"object storage and snapshots, {size}", false),
            (true, _) => InventoryItem.Kept(What, $"object storage, {size}", false),
            (_, true) => InventoryItem.Kept(What, $"snapshots, {size}", false),
            _ => InventoryItem.Lost(What, $"{size} would be gone", false, "volume data in object storage"),
        };
    }

    private static InventoryItem Etcd(KubernetesCover cover)
    {
        const string What = "etcd as a whole";
        return cover.EtcdHelps ? InventoryItem.Kept(What, "etcd snapshots", false)
            : cover.KeepsObjects ? InventoryItem.Unneeded(What, "its objects come back through the API; what runs is started anew", false)
            : InventoryItem.Lost(What, "the objects are in it and nowhere else", false, "Velero-style backups, or etcd snapshots");
    }

    private static InventoryItem Secrets(KubernetesCover cover)
    {
        const string What = "secrets";
        if (cover.Facts.Secrets == SecretsHome.SecretStore)
        {
            return InventoryItem.Kept(What, "the secret store's own backups", false);
        }

        var bad = cover.Facts.Secrets == SecretsHome.GitPlain ? "encrypt them: whoever reads the repository has them" : null;
        return cover.Uses(KubernetesMeans.Velero) ? InventoryItem.Kept(What, "Velero-style backup: readable in it, so encrypt the bucket", false, bad)
            : cover.EtcdHelps ? InventoryItem.Kept(What, "etcd snapshots: readable in them unless encrypted at rest", false, bad)
            : cover.KeepsSecrets ? InventoryItem.Kept(What, "Git", false, bad)
            : InventoryItem.Lost(What, "every password would be made anew", false, "a secret store, or encrypted in Git with the key kept elsewhere");
    }

    private static InventoryItem SecretKeys(KubernetesCover cover)
    {
        const string What = "keys that open secrets";
        if (cover.Facts.SecretKeysKept)
        {
            return InventoryItem.Kept(What, "a copy outside the cluster", false);
        }

        return cover.Facts.Secrets switch
        {
            SecretsHome.SecretStore => InventoryItem.Lost(
                What, "a restored secret store stays sealed", false, "keep its unseal or recovery keys elsewhere"),
            SecretsHome.GitEncrypted => InventoryItem.Lost(
                What, "what is in Git cannot be read without them", false, "keep a copy outside the cluster, and renew it when they rotate"),
            _ => InventoryItem.Lost(
                What, "an etcd that is encrypted at rest cannot be read without them", false, "keep them elsewhere, if encryption at rest is on"),
        };
    }

    private static IEnumerable<InventoryItem> Outside(KubernetesFacts facts)
    {
        const string Code = "code outside the cluster";
        yield return Outside(
            "container images", facts.ImagesKept, "a registry that outlives the cluster",
            "manifests name images that nobody has any more", "copy the images to a registry elsewhere, by digest");
        yield return Outside("names, load balancers, firewalls", facts.OutsideInCode, Code, "nobody reaches what was restored", KeepCode);
        yield return Outside(
            "cloud identities and permissions", facts.IdentitiesInCode, Code, "volumes, registries and keys refuse the new cluster", KeepCode);
        yield return Outside(
            "the cluster itself: nodes, versions, add-ons, certificates", facts.ClusterInCode, Code,
            "there is nothing to restore into", "describe it in code, and make one from it in a drill");
        yield return Outside(
            "what opens the backups", facts.BackupCredentialsKept, "a copy apart from cluster and site", "backups that nobody can read are none",
            "keep access and keys of the backups where neither cluster nor site can take them along");
    }

    private static InventoryItem Outside(string what, bool kept, string by, string otherwise, string remedy) =>
        kept ? InventoryItem.Kept(what, by, false) : InventoryItem.Lost(what, otherwise, false, remedy);
}
