using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>Gates, and what is chosen in cases that others have described.</summary>
public sealed class KubernetesBackupTests
{
    private const KubernetesMeans VeleroAndStores = KubernetesMeans.Velero | KubernetesMeans.Stores;

    /// <summary>Everything is declared, and nothing has a state of its own.</summary>
    private static readonly KubernetesFacts Stateless = new()
    {
        AllManifestsInGit = true,
        Secrets = SecretsHome.GitEncrypted,
        SecretKeysKept = true,
        VolumeSize = new ByteCount(0),
    };

    private static readonly KubernetesFacts OwnControlPlane = new() { Target = RestoreTarget.SameCluster, CsiSnapshots = true };

    [Fact]
    public void With_nothing_said_objects_and_volumes_go_to_object_storage() => Chosen(new KubernetesFacts()).ShouldBe(KubernetesMeans.Velero);

    [Fact]
    public void With_everything_in_Git_and_no_data_Git_is_enough()
    {
        var backup = KubernetesBackup.Of(Stateless);
        Chosen(Stateless).ShouldBe(KubernetesMeans.Git);
        backup.Inventory.Single(item => item.What == "secrets").By.ShouldBe("Git");
    }

    [Fact]
    public void With_everything_in_Git_and_all_data_in_stores_their_own_backups_are_added() =>
        Chosen(Stateless with { VolumeSize = new ByteCount(1e12), StoreShare = Probability.Certain })
            .ShouldBe(KubernetesMeans.Git | KubernetesMeans.Stores);

    [Fact]
    public void With_most_data_in_stores_these_make_their_own_backups_and_the_rest_goes_to_object_storage() =>
        Chosen(new KubernetesFacts { StoreShare = new Probability(0.8) }).ShouldBe(VeleroAndStores);

    /// <summary>Velero's FAQ: etcd's own tools for data loss in one etcd cluster; Velero without access to etcd, or for another cluster.</summary>
    [Fact]
    public void An_etcd_snapshot_serves_the_cluster_that_it_was_taken_of_and_no_other()
    {
        const KubernetesMeans EtcdAndSnapshots = KubernetesMeans.Etcd | KubernetesMeans.Snapshots;
        Option(OwnControlPlane, EtcdAndSnapshots).CanBeHad.ShouldBeTrue();
        GatesOf(OwnControlPlane with { ManagedControlPlane = true }, EtcdAndSnapshots)
            .ShouldBe(["the provider runs the control plane: nobody gets at its etcd", "nothing brings the API objects back"]);
        GatesOf(OwnControlPlane with { Target = RestoreTarget.OtherCluster, SnapshotsLeaveStorage = true }, EtcdAndSnapshots)
            .ShouldContain(gate => gate.StartsWith("an etcd snapshot is one control plane", StringComparison.Ordinal));
    }

    /// <summary>Velero, CSI support: a snapshot may lie where its volume does; data movement: to keep it, and for another provider.</summary>
    [Theory]
    [InlineData(RestoreTarget.SameCluster, false, null)]
    [InlineData(RestoreTarget.OtherCluster, true, null)]
    [InlineData(RestoreTarget.OtherCluster, false, "the snapshots stay in the storage system and are lost with it")]
    [InlineData(RestoreTarget.OtherProvider, true, "a snapshot is of use to its own storage system only, and another provider has another one")]
    public void A_snapshot_is_a_backup_where_it_outlives_the_storage_and_can_be_read(RestoreTarget target, bool leaves, string? gate)
    {
        var gates = GatesOf(new KubernetesFacts { Target = target, CsiSnapshots = true, SnapshotsLeaveStorage = leaves }, KubernetesMeans.Snapshots);
        string[] wanted = gate is null ? [] : [gate];
        gates.Where(one => one.Contains("snapshot", StringComparison.Ordinal)).ShouldBe(wanted);
        gates.ShouldContain("nothing brings the API objects back");
    }

    [Fact]
    public void No_snapshots_without_a_driver_that_takes_them() =>
        GatesOf(new KubernetesFacts(), KubernetesMeans.Velero | KubernetesMeans.Snapshots).ShouldBe(["the storage driver takes no snapshots"]);

    [Fact]
    public void Git_does_not_bring_back_what_is_not_in_it()
    {
        GatesOf(Stateless with { AllManifestsInGit = false }, KubernetesMeans.Git)
            .ShouldBe(["not every manifest is in Git: what is not there does not come back"]);
        GatesOf(Stateless with { VolumeSize = new ByteCount(5e9) }, KubernetesMeans.Git).ShouldBe(["nothing keeps 5 GB in volumes"]);
        GatesOf(Stateless with { Secrets = SecretsHome.ClusterOnly }, KubernetesMeans.Git).ShouldBe(["secrets are in the cluster only"]);
    }

    [Fact]
    public void Encrypted_secrets_are_worth_as_much_as_their_key()
    {
        GatesOf(Stateless with { SecretKeysKept = false }, KubernetesMeans.Git)
            .ShouldBe(["secrets are in Git, encrypted, and the key that opens them is in the lost cluster only"]);
        GatesOf(Stateless with { SecretKeysKept = false, Secrets = SecretsHome.SecretStore }, KubernetesMeans.Git).ShouldBeEmpty();
    }

    [Fact]
    public void What_takes_longer_than_may_be_lost_or_waited_for_is_ruled_out()
    {
        // 10 TB at 100 MB/s are 27.8 h; at 150 MB/s back 18.5 h, and the objects a quarter of an hour more.
        var large = new KubernetesFacts { VolumeSize = new ByteCount(10e12) };
        GatesOf(large, KubernetesMeans.Velero).ShouldBe(
        [
            "a backup takes 27.8 h: none is younger than that, and 24 h may be lost", "a restore takes 18.8 h, and it may take 8 h",
        ]);
        KubernetesBackup.Of(large).Decision.Chosen.ShouldBeNull();
        Option(large with { Rpo = TimeSpan.FromHours(28), Rto = TimeSpan.FromHours(19) }, KubernetesMeans.Velero).CanBeHad.ShouldBeTrue();
    }

    [Fact]
    public void The_inventory_names_what_nothing_keeps_and_who_answers_for_it()
    {
        var inventory = KubernetesBackup.Of(new KubernetesFacts { StoreShare = new Probability(0.8) }).Inventory;
        inventory.Length.ShouldBe(12);
        inventory.Where(item => item.State == InventoryState.Covered).Select(item => item.What)
            .ShouldBe(["API objects", "definitions of custom resources", "volumes of stores", "other volumes", "secrets"]);
        inventory.Where(item => item.State == InventoryState.NotCovered).ShouldAllBe(item => item.Remedy != null && !item.InThisFile);
        inventory.Single(item => item.What == "volumes of stores").ShouldBe(
            new InventoryItem("volumes of stores", InventoryState.Covered, "the stores' own backups, 80 GB", true, null));
        inventory.Single(item => item.What == "etcd as a whole").State.ShouldBe(InventoryState.NotNeeded);
    }

    [Fact]
    public void What_is_kept_outside_is_covered_and_is_not_this_files()
    {
        var inventory = KubernetesBackup.Of(new KubernetesFacts
        {
            ImagesKept = true,
            OutsideInCode = true,
            IdentitiesInCode = true,
            ClusterInCode = true,
            BackupCredentialsKept = true,
            SecretKeysKept = true,
        }).Inventory;
        inventory.ShouldNotContain(item => item.State == InventoryState.NotCovered);
        inventory.Single(item => item.What == "what opens the backups").InThisFile.ShouldBeFalse();
    }

    [Fact]
    public void Impossible_clusters_are_refused()
    {
        Should.Throw<ImpossibleException>(() => KubernetesBackup.Of(new KubernetesFacts { Namespaces = 0 })).Message.ShouldContain("0 namespaces");
        Should.Throw<ImpossibleException>(() => KubernetesBackup.Of(new KubernetesFacts { BackupRate = new ByteRate(0) }));
        Should.Throw<ImpossibleException>(() => KubernetesBackup.Of(new KubernetesFacts { Rpo = TimeSpan.FromSeconds(-1) }));
    }

    private static KubernetesMeans? Chosen(KubernetesFacts facts)
    {
        var backup = KubernetesBackup.Of(facts);
        return backup.Decision.Chosen is null ? null : backup.Means;
    }

    private static DecisionOption Option(KubernetesFacts facts, KubernetesMeans means) =>
        KubernetesBackup.Of(facts).Decision.Options.Zip(KubernetesOption.All).Single(pair => pair.Second.Means == means).First;

    private static string[] GatesOf(KubernetesFacts facts, KubernetesMeans means) => [.. Option(facts, means).Gates.Select(gate => gate.What)];
}
