using System.Collections.Immutable;
using Holdfast.Core.Backup;

namespace Holdfast.Core.Topology;

/// <summary>What to do when the last synchronous standby of a zero-loss store is gone (R6).</summary>
public enum UnprotectedPolicy
{
    /// <summary>Go on with one copy, say so in the record before the first such acknowledgement; protection comes back by itself.</summary>
    Allow,
    /// <summary>Let commits wait until a standby is back.</summary>
    Stall,
}

/// <summary>What an active site does when it is cut off from the global majority.</summary>
public enum IsolationPolicy
{
    /// <summary>Stop writes before the site lease expires; the other site may take over by itself.</summary>
    Fence,
    /// <summary>Go on (island mode); an operator decides about the other site.</summary>
    Continue,
}

/// <summary>Whether the passive site may take over without an operator.</summary>
public enum SiteFailoverPolicy { Automatic, Manual }

/// <summary>How much data may be lost and how long the store may be down, for one kind of loss.</summary>
public sealed record ObjectiveSpec(TimeSpan Rpo, TimeSpan Rto);

/// <summary>A store: one body of data with members on one or more sites.</summary>
public sealed record StoreSpec
{
    public required string Name { get; init; }
    /// <summary>Where it is among the stores of the file, from 0.</summary>
    public int Place { get; init; }
    /// <summary>Kind of engine, e.g. <c>postgresql</c>.</summary>
    public required string Kind { get; init; }
    public ObjectiveSpec HostLoss { get; init; } = new(TimeSpan.Zero, TimeSpan.FromSeconds(1));
    public ObjectiveSpec SiteLoss { get; init; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
    public UnprotectedPolicy Unprotected { get; init; } = UnprotectedPolicy.Allow;
    public IsolationPolicy Isolation { get; init; } = IsolationPolicy.Fence;
    public SiteFailoverPolicy SiteFailover { get; init; } = SiteFailoverPolicy.Manual;
    /// <summary>The site that is active at first; null: that of the first member by name.</summary>
    public string? PreferredSite { get; init; }
    /// <summary>
    /// While the passive site is further behind than the site-loss RPO, its standby leader acknowledges too, until it has caught up or the link is cut.
    /// </summary>
    public bool EnforceRpo { get; init; }
    public SiteLinkSpec Link { get; init; } = new();
    /// <summary>Directory where each complete piece of log is copied, to be read by a standby whose log is gone; null: none.</summary>
    public string? Archive { get; init; }
    /// <summary>Backups and the archive that goes with them; null: none.</summary>
    public BackupSpec? Backup { get; init; }
    /// <summary>Run by the controller of a move before its first step that changes anything; a failure stops the move.</summary>
    public HookSpec? BeforeMove { get; init; }
    /// <summary>Run when the new site accepts writes; a failure is reported and changes nothing.</summary>
    public HookSpec? AfterMove { get; init; }
    /// <summary>How many standbys must have flushed a commit before it is acknowledged (k of R1), when that many are healthy.</summary>
    public int Acknowledgements { get; init; } = 1;
    public GateSpec Gate { get; init; } = new();
    public TimingSpec Timing { get; init; } = new();
    public required ImmutableSortedDictionary<string, MemberSpec> Members { get; init; }
    public required EngineSpec Engine { get; init; }

    /// <summary>The sites with members of this store, by name. One: none of the rules about sites applies.</summary>
    public ImmutableArray<string> Sites => [.. Members.Values.Select(member => member.Site).Distinct().Order(StringComparer.Ordinal)];
    public bool HasTwoSites => Sites.Length > 1;

    /// <summary>Null: the store has no other site.</summary>
    public string? OtherSite(string site) => Sites.FirstOrDefault(other => other != site);
    /// <summary>The site that is active when the store is born.</summary>
    public string FirstSite => PreferredSite ?? Members.Values.First().Site;

    /// <summary>True when losing a host may lose nothing: commits wait for standbys, and no lease is needed.</summary>
    public bool IsZeroLoss => HostLoss.Rpo == TimeSpan.Zero;

    /// <summary>The members of this store at one site, by name.</summary>
    public ImmutableArray<MemberSpec> Group(string site) => [.. Members.Values.Where(member => member.Site == site)];
}

/// <summary>One instance of a store on a host.</summary>
public sealed record MemberSpec
{
    /// <summary>Unique in the whole system; it is also the replication application name.</summary>
    public required string Name { get; init; }
    public required string Site { get; init; }
    /// <summary>Where clients and standbys reach the server.</summary>
    public required Endpoint Address { get; init; }
    /// <summary>Where the agent answers HTTP (TCP) and hears heartbeats (UDP, same port).</summary>
    public required Endpoint Agent { get; init; }
    /// <summary>Absolute path of the data directory. Holdfast's own files are beside it, in <c>DATA.holdfast</c>.</summary>
    public required string Data { get; init; }
    /// <summary>Among equally advanced members the highest takes over; 0: never primary.</summary>
    public int Priority { get; init; } = 100;
    /// <summary>Device that resets the host when the guard hangs while only time protects (R6), such as <c>/dev/watchdog</c>; null: none.</summary>
    public string? Watchdog { get; init; }
}

/// <summary>Intervals and limits of detection and of waiting.</summary>
public sealed record TimingSpec
{
    /// <summary>How often agents tell each other that they live.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(100);
    /// <summary>Silence from both directions that makes a primary suspect (R7).</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromMilliseconds(500);
    /// <summary>How long a candidate may be away before the primary does without it.</summary>
    public TimeSpan CandidateLostAfter { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>Lease of a primary that may lose data (R6), and of every agent's presence. At least 2 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How long a primary whose commits stall goes on serving reads without coordination (R5).</summary>
    public TimeSpan StaleReadLimit { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>How long a primary whose server died waits for a candidate to take over before it restarts in place (R7, R10).</summary>
    public TimeSpan HandOver { get; init; } = TimeSpan.FromSeconds(3);
    /// <summary>How long the active site may write without word from the global majority, where <c>isolation: fence</c> holds. At least 2 s.</summary>
    public TimeSpan SiteLease { get; init; } = TimeSpan.FromSeconds(4);
    /// <summary>Limit for a planned switchover from the first step to the hand-over.</summary>
    public TimeSpan Switchover { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What a primary does when the log kept for the other site reaches the bound.</summary>
public enum QueueFullPolicy
{
    /// <summary>Give up the queue: the other site is fed from where the log is archived, or cloned anew. Production goes on.</summary>
    Drop,
    /// <summary>Let commits wait until the other site has taken some of it.</summary>
    StopWrites,
}

/// <summary>The link between the active site and the passive one, for one store.</summary>
public sealed record SiteLinkSpec
{
    /// <summary>How much log is kept for the other site while the link is down, in bytes.</summary>
    public long QueueBound { get; init; } = 16L << 30;
    public QueueFullPolicy QueueFull { get; init; } = QueueFullPolicy.Drop;
    /// <summary>What the link carries, in bytes per second, for estimates while nothing has been measured; null: not declared.</summary>
    public long? Bandwidth { get; init; }
    /// <summary>How often the active primary writes a row with its clock and position, from which lag and loss in seconds come.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>A program of the user's, run without a shell.</summary>
/// <param name="Command">The program's absolute path, then its arguments.</param>
/// <param name="TimeLimit">After that it is killed, and counts as failed.</param>
public sealed record HookSpec(ImmutableArray<string> Command, TimeSpan TimeLimit);
