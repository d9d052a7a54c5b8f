using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Rules;

/// <summary>Facts of the decisions around a plan that cannot be true together, or at all.</summary>
internal static class PlanningDecisionRules
{
    public static void Check(Section root, Section planning, Findings findings)
    {
        CheckKubernetes(planning.Sub(PlanningKeys.Kubernetes), findings);
        CheckCloud(planning.Sub(PlanningKeys.Cloud), findings);
        if (planning.IsGiven(PlanningKeys.Storage))
        {
            CheckStorage(root, planning, findings);
        }
    }

    private static void CheckKubernetes(Section section, Findings findings)
    {
        if (section.Get(PlanKubernetesKeys.SnapshotsLeave.Typed) && !section.Get(PlanKubernetesKeys.Snapshots.Typed))
        {
            findings.Error(
                section.PlaceOf(PlanKubernetesKeys.SnapshotsLeave.Key), "no snapshots are taken that could leave the storage",
                "write 'csi-snapshots: true' too, or remove it");
        }
    }

    private static void CheckCloud(Section section, Findings findings)
    {
        RefuseNothing(
            section, PlanCloudKeys.Spend.Typed, "nothing costs nothing, and all else is compared with it",
            "write what a month costs, for example 10000", findings);
        RefuseNothing(
            section, PlanCloudKeys.Required.Typed, "what need not be there at all needs no cloud", "write a share of the time, for example 0.999", findings);
        var told = new HashSet<CloudReason>();
        foreach (var reason in section.All(PlanCloudKeys.Reasons.Typed).Where(reason => !told.Add(reason.Value)))
        {
            findings.Error(reason.Place, $"'{ChoiceWord.Of(reason.Value)}' is there twice", "remove one of them");
        }
    }

    private static void CheckStorage(Section root, Section planning, Findings findings)
    {
        var section = planning.Sub(PlanningKeys.Storage);
        RefuseNothing(section, PlanStorageKeys.FullRatio.Typed, "disks that must stay empty hold nothing", "write for example 0.85", findings);
        RefuseNothing(section, PlanStorageKeys.RecoveryShare.Typed, "nothing would ever heal", "write for example 0.5", findings);
        if (section.Get(PlanStorageKeys.CephHosts.Typed) == 0 && PlanStorageKeys.OfCeph.FirstOrDefault(key => section.IsGiven(key.Key)) is { } useless)
        {
            findings.Error(
                section.PlaceOf(useless.Key), "is of a Ceph cluster, and there is none", "add 'ceph-hosts: 8', as many as there are, or remove it");
        }

        var runs = root.All(SystemKeys.Stores).Length > 0;
        var planned = planning.All(PlanningKeys.Stores)
            .Any(store => store.Value.TryGet(PlanStoreKeys.Class, out var kind) && kind == StoreClass.Relational);
        if (!runs && !planned)
        {
            findings.Error(
                section.Place, "is about the disks of databases, and no store here is relational", "remove it, or plan a store with 'class: relational'");
        }
    }

    private static void RefuseNothing(Section section, Key<double> key, string why, string remedy, Findings findings)
    {
        if (section.TryGet(key, out var value) && value == 0)
        {
            findings.Error(section.PlaceOf(key), why, remedy);
        }
    }
}
