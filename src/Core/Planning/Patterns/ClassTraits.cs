using Holdfast.Core.Planning.Facts;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What the products of a class can do, as far as patterns are concerned. The one table of it.</summary>
/// <param name="Engine">The product meant, for people.</param>
/// <param name="LeastQuorum">Fewest members of a site with which losing one loses nothing and stops nothing.</param>
/// <param name="IsSynchronous">A commit can be made to wait for another member.</param>
/// <param name="HasLog">There is a log that can be archived and replayed to a moment.</param>
/// <param name="StretchLimit">The longest round trip over which one quorum may be stretched. Null: the latency of commits alone decides.</param>
/// <param name="StretchWhy">Whose limit that is. Where <paramref name="CanStretch"/> is false: why not at all.</param>
/// <param name="FollowsElsewhere">How the other site follows asynchronously. Null: it does not.</param>
/// <param name="BackupMeans">What a backup of it is.</param>
/// <param name="BacksUpData">A backup has the data, and not only how they are kept.</param>
/// <param name="LossIsChosen">What may be lost with a host decides whether commits wait for another member at all, or a lease has to do (R6).</param>
public sealed record ClassTraits(
    StoreClass Class, string Engine, int LeastQuorum, bool IsSynchronous, bool HasLog, bool CanStretch, TimeSpan? StretchLimit, string StretchWhy,
    string? FollowsElsewhere, string BackupMeans, bool BacksUpData = true, bool LossIsChosen = false)
{
    private static readonly ClassTraits[] Table =
    [
        new(StoreClass.Relational, "PostgreSQL", 2, true, true, true, null, "",
            "one stream of log for each site", "base backup and archived log", LossIsChosen: true),
        new(StoreClass.Cache, "Redis or Valkey", 2, false, false, false, null,
            "its replication is asynchronous: no write waits for another site in earnest (WAIT counts, it does not promise)",
            "an asynchronous replica", "snapshot file"),
        new(StoreClass.Broker, "RabbitMQ", 3, true, false, true, TimeSpan.FromMilliseconds(5),
            "this project's judgement: RabbitMQ's own guidance is one local network, and names no number",
            "store and forward with confirms", "definitions only: messages are not backed up", BacksUpData: false),
        new(StoreClass.Secrets, "Vault or OpenBao", 3, true, false, true, TimeSpan.FromMilliseconds(8),
            "Vault's reference architecture: less than 8 ms between the places of one cluster",
            "encrypted copies of every version", "Raft snapshot"),
        new(StoreClass.NoSql, "MongoDB or Cassandra", 3, true, false, true, null, "",
            "the product's own multi-region replication", "snapshot"),
        new(StoreClass.KubernetesState, "Kubernetes", 3, true, false, true, TimeSpan.FromMilliseconds(10),
            "this project's judgement: a control plane writes much, and etcd flushes each write at a majority",
            null, "scheduled backup to object storage"),
    ];

    /// <summary>It goes on with a majority of its members only, and writes to one.</summary>
    public bool NeedsMajority => LeastQuorum > 2;

    public static ClassTraits Of(StoreClass kind) => Table.First(row => row.Class == kind);
}
