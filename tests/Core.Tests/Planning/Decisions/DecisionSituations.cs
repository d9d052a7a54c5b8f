using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>The situations that docs/PLANNING-DECISIONS.md shows.</summary>
internal static class DecisionSituations
{
    public static readonly (string Name, KubernetesFacts Facts)[] Kubernetes =
    [
        ("nothing is said", new KubernetesFacts()),
        ("everything in Git, secrets encrypted and their key kept, no data",
            new KubernetesFacts
            {
                AllManifestsInGit = true, Secrets = SecretsHome.GitEncrypted, SecretKeysKept = true, VolumeSize = new ByteCount(0),
            }),
        ("500 GB, of which four fifths are in stores", new KubernetesFacts { VolumeSize = new ByteCount(500e9), StoreShare = new Probability(0.8) }),
        ("everything in Git, secrets in a secret store, all data in stores",
            new KubernetesFacts { AllManifestsInGit = true, Secrets = SecretsHome.SecretStore, StoreShare = Probability.Certain }),
        ("the same cluster is restored, its storage takes snapshots, one hour may be lost, one may be waited for, 2 TB", new KubernetesFacts
        {
            Target = RestoreTarget.SameCluster, CsiSnapshots = true, Rpo = TimeSpan.FromHours(1), Rto = TimeSpan.FromHours(1),
            VolumeSize = new ByteCount(2e12),
        }),
        ("another provider, 20 TB, a day each", new KubernetesFacts
        {
            Target = RestoreTarget.OtherProvider, CsiSnapshots = true, SnapshotsLeaveStorage = true, ManagedControlPlane = true,
            VolumeSize = new ByteCount(20e12), Rto = TimeSpan.FromHours(24),
        }),
    ];

    public static readonly (string Name, CloudFacts Facts)[] Cloud =
    [
        ("nothing is said", new CloudFacts()),
        ("the exit has been tested", new CloudFacts { ExitTested = true }),
        ("99.97 % are required", new CloudFacts { RequiredAvailability = new(0.9997), ExitTested = true }),
        ("99.99 % are required", new CloudFacts { RequiredAvailability = new(0.9999), ExitTested = true }),
        ("99.99 % are required, 16 people who run both, all of it portable",
            new CloudFacts
            {
                RequiredAvailability = new(0.9999), ExitTested = true, TeamSize = 16, ProvidersMastered = 2, PortableShare = Probability.Certain,
            }),
        ("the regulator demands an exit plan", new CloudFacts { RegulatorDemandsExitPlan = true }),
        ("the regulator demands a second provider, 8 people who run both", new CloudFacts
        {
            RegulatorDemandsSecondProvider = true, ExitTested = true, TeamSize = 8, ProvidersMastered = 2, PortableShare = new(0.8),
        }),
    ];

    public static readonly StorageFacts Ceph = new() { CephHosts = 8, CapacityDisks = 12, ErasureOverwrites = true };

    public static readonly StoreOnDisks Store = Make(100e9, TimeSpan.FromMilliseconds(2), 3);

    public static readonly (string Name, StorageFacts Facts, StoreOnDisks Store)[] Storage =
    [
        ("100 GB, 3 synchronous members, a flush in 2 ms", Ceph, Store),
        ("the same, one member", Ceph, Store with { Members = 1 }),
        ("the same, one member, and a flush in 0.4 ms", Ceph, Make(100e9, TimeSpan.FromMilliseconds(0.4), 1)),
        ("the same, 3 members that follow asynchronously", Ceph, Store with { Synchronous = false }),
        ("an archive: 80 TB, one member, a flush in 100 ms", Ceph, Make(80e12, TimeSpan.FromMilliseconds(100), 1)),
        ("an archive: 300 TB, one member, a flush in 100 ms", Ceph, Make(300e12, TimeSpan.FromMilliseconds(100), 1)),
        ("no Ceph cluster, 3 members", new StorageFacts(), Store),
    ];

    private static StoreOnDisks Make(double bytes, TimeSpan budget, int members) => new()
    {
        Name = "orders",
        Size = Fact.Declared(new ByteCount(bytes), "the example"),
        LocalFlush = Fact.Declared(TimeSpan.FromMilliseconds(0.1), "the example"),
        FlushBudget = Fact.Declared(budget, "the example"),
        Members = members,
    };
}
