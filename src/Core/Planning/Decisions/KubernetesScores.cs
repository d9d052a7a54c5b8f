using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How an option does, criterion by criterion, in the order of <see cref="KubernetesBackup.Criteria"/>.</summary>
internal static class KubernetesScores
{
    public static ImmutableArray<Score> Of(KubernetesCover cover) =>
    [
        Kept(cover), Consistency(cover), Survival(cover), Fit(cover), Age(cover), Restore(cover), Grain(cover), Simplicity(cover),
    ];

    private static Score Kept(KubernetesCover cover)
    {
        (bool Kept, string Name)[] parts =
        [
            (cover.KeepsObjects, "objects"), (cover.KeepsSecrets, "secrets"),
            (cover.KeepsStoreData, "data of stores"), (cover.KeepsOtherData, "other volumes"),
        ];
        var missing = parts.Where(part => !part.Kept).Select(part => part.Name).ToList();
        return new Score(
            Score.Best * (parts.Length - missing.Count) / parts.Length,
            missing.Count == 0 ? "objects, secrets and all volumes come back" : $"does not bring back: {string.Join(", ", missing)}");
    }

    private static Score Consistency(KubernetesCover cover)
    {
        if (!cover.HasStoreData && !cover.HasOtherData)
        {
            return new Score(Score.Best, "there are no data in volumes");
        }

        var volumes = !cover.KeepsVolumes ? 0 : cover.Facts.CsiSnapshots ? 2 : 1;
        var stores = cover.Uses(KubernetesMeans.Stores) ? Score.Best : volumes;
        // Plain files are as good as a moment of the disk makes them.
        var others = volumes == 0 ? 0 : volumes + 2;
        var share = cover.Facts.StoreShare.Value;
        var why = (cover.Uses(KubernetesMeans.Stores) && cover.HasStoreData, volumes) switch
        {
            (true, _) => $"{QuantityText.Percent(share)} of the data come back to a transaction, by the stores' own log",
            (false, 0) => "no data come back",
            (false, 1) => "read from live file systems, file after file: a database in them may not start",
            _ => "each volume as after a power cut; several volumes not at the same moment",
        };
        return new Score(Steps.OfShare(((share * stores) + ((1 - share) * others)) / Score.Best), why);
    }

    /// <summary>The weaker of objects and data.</summary>
    private static Score Survival(KubernetesCover cover)
    {
        var apart = cover.Uses(KubernetesMeans.Velero) || !(cover.HasStoreData || cover.HasOtherData)
            || (cover.Uses(KubernetesMeans.Stores) && !cover.HasOtherData);
        var data = apart ? 5 : cover.Uses(KubernetesMeans.Snapshots) && cover.Facts.CsiSnapshots ? cover.Facts.SnapshotsLeaveStorage ? 4 : 1 : 0;
        var objects = cover.Uses(KubernetesMeans.Git) || cover.Uses(KubernetesMeans.Velero) ? 5 : cover.Uses(KubernetesMeans.Etcd) ? 4 : 0;
        return new Score(Math.Min(data, objects), (data, objects) switch
        {
            (0, _) => "no copy of some data lives anywhere else",
            (_, 0) => "no copy of the objects lives anywhere else",
            (1, _) => "the snapshots die with the storage system",
            (4, _) => "the storage system copies its snapshots away, and must be there to read them",
            (_, 4) => "the file must be copied away from the control plane, which is a step of its own",
            _ => "every copy is outside cluster and storage",
        });
    }

    private static Score Fit(KubernetesCover cover)
    {
        var (objects, data) = (cover.KeepsObjects, cover.KeepsStoreData && cover.KeepsOtherData);
        if (!objects || !data)
        {
            return new Score(0, $"not to {Words(cover.Facts.Target)}: {(objects ? "data" : "objects")} would be missing");
        }

        if (cover.Facts.Target == RestoreTarget.SameCluster)
        {
            return new Score(Score.Best, "the same cluster takes all of it");
        }

        var bySnapshots = !cover.Uses(KubernetesMeans.Velero) && cover.SnapshotsHelp
            && (cover.HasOtherData || (cover.HasStoreData && !cover.Uses(KubernetesMeans.Stores)));
        return bySnapshots
            ? new Score(3, "the other cluster needs the same storage driver, and access to the snapshots")
            : new Score(Score.Best, $"plain objects and plain data: fit for {Words(cover.Facts.Target)}");
    }

    private static Score Age(KubernetesCover cover) => cover.Age is { } age
        ? new Score(Steps.Used(age, cover.Facts.Rpo), $"at least {QuantityText.Of(age)} old, of {QuantityText.Of(cover.Facts.Rpo)} that may be lost")
        : new Score(0, "part of it is not kept at all");

    private static Score Restore(KubernetesCover cover) => cover.Restore is { } restore
        ? new Score(Steps.Used(restore, cover.Facts.Rto), $"{QuantityText.Of(restore)}, of {QuantityText.Of(cover.Facts.Rto)} that it may take")
        : new Score(0, "part of it does not come back");

    private static Score Grain(KubernetesCover cover)
    {
        if (cover.Facts is { Tenants: 1, Namespaces: 1 })
        {
            return new Score(Score.Best, "there is one namespace: all or nothing is right");
        }

        if (cover.Uses(KubernetesMeans.Velero))
        {
            return new Score(5, "by namespace, label or object");
        }

        if (cover.Uses(KubernetesMeans.Git))
        {
            return new Score(5, "by folder, application or object in Git");
        }

        if (cover.Uses(KubernetesMeans.Etcd))
        {
            return cover.Facts.Tenants > 1
                ? new Score(0, $"all {cover.Facts.Tenants} tenants go back together")
                : new Score(1, $"all {cover.Facts.Namespaces} namespaces go back together");
        }

        return cover.Uses(KubernetesMeans.Stores) ? new Score(3, "by store, and no objects") : new Score(2, "by volume, and no objects");
    }

    private static Score Simplicity(KubernetesCover cover) => cover.Tools switch
    {
        1 => new Score(5, "one thing to run and to drill"),
        2 => new Score(3, "two things to run, and to drill together"),
        _ => new Score(1, $"{cover.Tools} things to run, and to drill together"),
    };

    internal static string Words(RestoreTarget target) => target switch
    {
        RestoreTarget.SameCluster => "the same cluster",
        RestoreTarget.OtherCluster => "another cluster",
        _ => "another provider",
    };
}
