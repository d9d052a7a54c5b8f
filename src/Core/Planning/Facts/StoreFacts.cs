using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Planning.Facts;

/// <summary>What a store is, whatever product keeps it.</summary>
public enum StoreClass { Relational, Cache, Broker, Secrets, NoSql, KubernetesState }

/// <summary>What can befall a store.</summary>
public enum FailureKind
{
    /// <summary>A server process ends.</summary>
    Process,
    /// <summary>A host, its disk or its kernel.</summary>
    Host,
    /// <summary>All at a site at once.</summary>
    Site,
    /// <summary>The sites live and do not hear each other.</summary>
    Link,
    /// <summary>All sites of a region at once.</summary>
    Region,
    /// <summary>Somebody drops a table, or a release writes nonsense.</summary>
    OperatorError,
    /// <summary>A disk returns what was never written.</summary>
    Corruption,
}

/// <summary>One store, as far as planning is concerned.</summary>
public sealed record StoreFacts
{
    public required string Name { get; init; }
    public required StoreClass Class { get; init; }
    /// <summary>Where it is written. Null: the first site that is no witness.</summary>
    public string? ActiveSite { get; init; }
    /// <summary>What is demanded for each kind of failure; a kind that is not in it is only told.</summary>
    public required ImmutableDictionary<FailureKind, ObjectiveSpec> Objectives { get; init; }
    public required Fact<ByteCount> Size { get; init; }
    /// <summary>How much log it writes on average.</summary>
    public required Fact<ByteRate> Log { get; init; }
    /// <summary>In its busiest time.</summary>
    public required Fact<ByteRate> PeakLog { get; init; }
    /// <summary>How long that lasts.</summary>
    public required Fact<TimeSpan> Peak { get; init; }
    /// <summary>Commits a second.</summary>
    public required Fact<double> Commits { get; init; }
    /// <summary>Connections that commit at the same time, each one after another.</summary>
    public required Fact<double> Connections { get; init; }
    /// <summary>The longest that a commit may take.</summary>
    public required Fact<TimeSpan> CommitBudget { get; init; }
    /// <summary>Until the disk has a record.</summary>
    public required Fact<TimeSpan> Flush { get; init; }
    /// <summary>What the primary computes for one commit.</summary>
    public required Fact<TimeSpan> Work { get; init; }
    /// <summary>Until one process of a server has woken another and has been woken by it.</summary>
    public required Fact<TimeSpan> Handover { get; init; }
    /// <summary>Between two members of one site, there and back.</summary>
    public required Fact<TimeSpan> SiteRoundTrip { get; init; }
    /// <summary>How fast log is replayed.</summary>
    public required Fact<ByteRate> Replay { get; init; }
    /// <summary>How fast a backup is restored.</summary>
    public required Fact<ByteRate> Restore { get; init; }
    /// <summary>From the fence to the first transaction of the new primary.</summary>
    public required Fact<TimeSpan> Promote { get; init; }
    /// <summary>An hour without it, or an hour of its work lost.</summary>
    public required Fact<Money> Damage { get; init; }
    /// <summary>Silence after which a host counts as lost.</summary>
    public required Fact<TimeSpan> Suspicion { get; init; }
    /// <summary>A store that is not synchronous: how long a primary that is cut off may go on.</summary>
    public required Fact<TimeSpan> Lease { get; init; }
    /// <summary>How long a site that is cut off may go on.</summary>
    public required Fact<TimeSpan> SiteLease { get; init; }
    /// <summary>How often clock and position are written down, which lag is measured by.</summary>
    public required Fact<TimeSpan> Ledger { get; init; }
    /// <summary>The other site may take over by itself.</summary>
    public required Fact<bool> AutomaticSiteFailover { get; init; }
    /// <summary>Commits wait for the other site while it is behind the RPO.</summary>
    public required Fact<bool> EnforceRpo { get; init; }
    /// <summary>What is kept for the other site while the link is down.</summary>
    public required Fact<ByteCount> Queue { get; init; }
    /// <summary>Commits wait when that is full; otherwise it is given up.</summary>
    public required Fact<bool> StopsWhenFull { get; init; }
    /// <summary>A site that is cut off goes on writing: nobody else may write before somebody has made sure that it has stopped.</summary>
    public required Fact<bool> GoesOnAlone { get; init; }
    /// <summary>Something takes backups of it.</summary>
    public required Fact<bool> HasBackup { get; init; }
    /// <summary>Its own backups. Null: those of the plan.</summary>
    public BackupFacts? Backup { get; init; }
    /// <summary>Members that run now, by site. Empty: there is no system yet.</summary>
    public ImmutableSortedDictionary<string, int> Running { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
}
