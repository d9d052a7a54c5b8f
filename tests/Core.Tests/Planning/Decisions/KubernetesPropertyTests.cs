using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>What holds for clusters of every kind: all combinations of what decides.</summary>
public sealed class KubernetesPropertyTests
{
    private static readonly Probability[] Shares = [Probability.Never, new(0.5), new(0.9), Probability.Certain];

    private static IEnumerable<KubernetesFacts> Clusters => Better.Grid(
        new KubernetesFacts(),
        [facts => facts, facts => facts with { AllManifestsInGit = true }],
        [.. Enum.GetValues<SecretsHome>().Select(home => (Func<KubernetesFacts, KubernetesFacts>)(facts => facts with { Secrets = home }))],
        [facts => facts, facts => facts with { SecretKeysKept = true }],
        [.. Shares.Select(share => (Func<KubernetesFacts, KubernetesFacts>)(facts => facts with { StoreShare = share })),
            facts => facts with { VolumeSize = new ByteCount(0) }],
        [facts => facts, facts => facts with { CsiSnapshots = true }, facts => facts with { CsiSnapshots = true, SnapshotsLeaveStorage = true }],
        [facts => facts, facts => facts with { ManagedControlPlane = true }],
        [.. Enum.GetValues<RestoreTarget>().Select(target => (Func<KubernetesFacts, KubernetesFacts>)(facts => facts with { Target = target }))]);

    [Fact]
    public void Every_decision_is_sound_and_something_can_always_be_had()
    {
        foreach (var facts in Clusters)
        {
            var backup = KubernetesBackup.Of(facts);
            backup.Decision.ShouldBeSound();
            Better.Check(backup.Decision.Chosen is not null, "nothing can be had", facts);
            Better.Check(
                backup.Inventory.All(item => item.By.Length > 2 && (item.State != InventoryState.NotCovered || item.Remedy != null)),
                "an item without a reason, or without a remedy", facts);
        }
    }

    [Fact]
    public void What_is_chosen_keeps_the_objects_the_secrets_and_the_volumes()
    {
        string[] inside = ["API objects", "definitions of custom resources", "volumes of stores", "other volumes", "secrets"];
        foreach (var facts in Clusters)
        {
            var lost = KubernetesBackup.Of(facts).Inventory.Where(item => item.State == InventoryState.NotCovered).Select(item => item.What);
            Better.Check(!lost.Intersect(inside).Any(), "something inside is lost", facts);
        }
    }

    public static TheoryData<string> Changes => [.. Improvements.Keys];

    /// <summary>What makes things better, and for whom: the means that an option must have, or none where it holds for all.</summary>
    private static readonly Dictionary<string, (Func<KubernetesFacts, KubernetesFacts> Change, KubernetesMeans For)> Improvements = new()
    {
        ["all manifests in Git"] = (facts => facts with { AllManifestsInGit = true }, KubernetesMeans.None),
        ["keys kept"] = (facts => facts with { SecretKeysKept = true }, KubernetesMeans.None),
        ["a secret store"] = (facts => facts with { Secrets = SecretsHome.SecretStore }, KubernetesMeans.None),
        ["a driver with snapshots"] = (facts => facts with { CsiSnapshots = true }, KubernetesMeans.None),
        ["snapshots that leave the storage"] = (facts => facts with { SnapshotsLeaveStorage = true }, KubernetesMeans.None),
        ["a control plane of one's own"] = (facts => facts with { ManagedControlPlane = false }, KubernetesMeans.None),
        ["more data in stores"] = (
            facts => facts with { StoreShare = new Probability(Math.Min(1, facts.StoreShare.Value + 0.1)) }, KubernetesMeans.Stores),
        ["fewer data"] = (facts => facts with { VolumeSize = facts.VolumeSize * 0.5 }, KubernetesMeans.None),
        ["a larger rpo"] = (facts => facts with { Rpo = facts.Rpo * 2 }, KubernetesMeans.None),
        ["a larger rto"] = (facts => facts with { Rto = facts.Rto * 2 }, KubernetesMeans.None),
        ["faster backups"] = (facts => facts with { BackupRate = facts.BackupRate * 2 }, KubernetesMeans.None),
        ["faster restores"] = (facts => facts with { RestoreRate = facts.RestoreRate * 2 }, KubernetesMeans.None),
        ["one tenant only"] = (facts => facts with { Tenants = 1, Namespaces = 1 }, KubernetesMeans.None),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_better_fact_never_lowers_the_option_that_it_favours(string name)
    {
        var (change, means) = Improvements[name];
        foreach (var start in Clusters)
        {
            // Tight enough for times to matter.
            var facts = start with { Rpo = TimeSpan.FromMinutes(20), Rto = TimeSpan.FromMinutes(40), Tenants = 3 };
            var (before, after) = (KubernetesBackup.Of(facts).Decision, KubernetesBackup.Of(change(facts)).Decision);
            foreach (var (index, option) in KubernetesOption.All.Index().Where(pair => (pair.Item.Means & means) == means))
            {
                after.Options[index].ShouldNotBeLessThan(before.Options[index], () => $"{name}, {option.Name}: {Better.Told(facts)}");
            }
        }
    }
}
