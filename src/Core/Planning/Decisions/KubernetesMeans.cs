using System.Collections.Immutable;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How a part of a cluster is backed up; the options of the decision are sets of these.</summary>
[Flags]
public enum KubernetesMeans
{
    None = 0,
    /// <summary>Manifests are applied anew from Git.</summary>
    Git = 1,
    /// <summary>Each store makes its own backups, with its own log: what the stores of this file have.</summary>
    Stores = 2,
    /// <summary>Snapshots by the storage system (CSI).</summary>
    Snapshots = 4,
    /// <summary>Snapshots of the cluster's etcd.</summary>
    Etcd = 8,
    /// <summary>In Velero's way: objects read through the API, and data of volumes, to object storage.</summary>
    Velero = 16,
}

/// <summary>One option: a set of means that belong together.</summary>
/// <param name="Name">Its parts: <c>Git and stores' own backups</c>.</param>
public sealed record KubernetesOption(KubernetesMeans Means, string Name, string What)
{
    /// <summary>The simplest first. Sets of which a part would add nothing are not here.</summary>
    public static ImmutableArray<KubernetesOption> All { get; } =
    [
        new(KubernetesMeans.Git, "Git", "apply the manifests anew to an empty cluster"),
        new(KubernetesMeans.Stores, "stores' own backups", "each store's base backup and log; nothing of the cluster"),
        new(KubernetesMeans.Snapshots, "volume snapshots", "by the storage system, volume by volume"),
        new(KubernetesMeans.Etcd, "etcd snapshots", "the whole state of one control plane in one file"),
        new(KubernetesMeans.Velero, "Velero-style", "API objects and volume data in object storage"),
        new(KubernetesMeans.Git | KubernetesMeans.Stores, "Git and stores' own backups", "objects from Git, data from the stores' backups"),
        new(KubernetesMeans.Velero | KubernetesMeans.Stores, "Velero-style and stores' own backups",
            "objects and plain volumes in object storage, data of stores from their own backups"),
        new(KubernetesMeans.Git | KubernetesMeans.Velero, "Git and Velero-style",
            "objects from Git where they are there, all else from object storage"),
        new(KubernetesMeans.Velero | KubernetesMeans.Snapshots, "Velero-style and volume snapshots",
            "object storage for the worst, snapshots for a quick way back on the same storage"),
        new(KubernetesMeans.Etcd | KubernetesMeans.Snapshots, "etcd and volume snapshots", "the control plane as it was, with its volumes"),
        new(KubernetesMeans.Etcd | KubernetesMeans.Stores, "etcd snapshots and stores' own backups",
            "the control plane as it was, data from the stores' backups"),
        new(KubernetesMeans.Velero | KubernetesMeans.Stores | KubernetesMeans.Etcd, "Velero-style, stores' own backups and etcd snapshots",
            "as without etcd, and a quick way back for a control plane that is damaged in place"),
        new(KubernetesMeans.Git | KubernetesMeans.Velero | KubernetesMeans.Stores, "Git, Velero-style and stores' own backups",
            "objects from Git, what is not there from object storage, data of stores from their own backups"),
    ];
}
