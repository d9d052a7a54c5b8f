using System.Collections.Immutable;

namespace Holdfast.Agent.Api.Sites;

/// <summary>The store's two sites as one member sees them; part of <see cref="GroupStatus"/>, null there for a store with one site.</summary>
public sealed record SiteStatus
{
    /// <summary>Null: the site record has not been read.</summary>
    public string? ActiveSite { get; init; }
    public long SiteEpoch { get; init; }
    /// <summary>active, passive or unknown: what the asked member's site is.</summary>
    public string Role { get; init; } = "unknown";
    /// <summary>fence or continue.</summary>
    public required string Isolation { get; init; }
    /// <summary>automatic or manual.</summary>
    public required string SiteFailover { get; init; }
    public bool GlobalReachable { get; init; }
    public string? GlobalProblem { get; init; }
    /// <summary>The site that holds the site lease; null: none does, or <c>isolation: continue</c>.</summary>
    public string? LeaseSite { get; init; }
    /// <summary>For how long nobody has been seen to hold it; null: somebody does.</summary>
    public double? LeaseGoneSeconds { get; init; }
    /// <summary>The active site can be lost now, losing no more than the RPO, and the other can take over.</summary>
    public bool SafeToLoseSite { get; init; }
    /// <summary>Why it is (not) safe, in one clause.</summary>
    public string Safety { get; init; } = "";
    /// <summary>The site-loss RPO, in seconds.</summary>
    public double RpoSeconds { get; init; }
    /// <summary>How far the passive site is behind, in seconds of the active primary's clock; null: not known.</summary>
    public double? LagSeconds { get; init; }
    /// <summary>The same in bytes of log; null: not known.</summary>
    public long? LagBytes { get; init; }
    /// <summary>
    /// At the passive site: at most so much of the active one's work is missing here, in seconds, with what may have come since the last word. Null:
    /// cannot be said, or the asked member's site is the active one.
    /// </summary>
    public double? MayLackSeconds { get; init; }
    /// <summary>The lag, with what may have come since the last word, passes the RPO: a site loss now would lose more than declared.</summary>
    public bool LagAboveRpo { get; init; }
    public LinkStatus? Link { get; init; }
    /// <summary>One entry for each site, by name.</summary>
    public ImmutableArray<SiteGroupStatus> Groups { get; init; } = [];
    /// <summary>The move that is on its way, or was the last; null: there has been none.</summary>
    public SiteMoveStatus? Move { get; init; }
    /// <summary>Rule and reason of this member's newest decision about sites.</summary>
    public string? Rule { get; init; }
    public string? Reason { get; init; }
}

/// <summary>The link from the active site to the passive one, as the active primary sees it.</summary>
public sealed record LinkStatus
{
    /// <summary>streaming, queueing, re-syncing, lost (the queue was given up: archive or clone) or unknown.</summary>
    public string State { get; init; } = "unknown";
    /// <summary>The passive member that streams, or is to.</summary>
    public string? To { get; init; }
    /// <summary>Log that is kept for the other site, in bytes.</summary>
    public long? BacklogBytes { get; init; }
    /// <summary>How long the bound lasts at the present rate; null: for ever, or not known.</summary>
    public double? FullInSeconds { get; init; }
    /// <summary>While re-syncing: when it will have caught up at the present rates; null: not known, or never.</summary>
    public double? CaughtUpInSeconds { get; init; }
    /// <summary>Log produced, bytes per second.</summary>
    public long? RateBytesPerSecond { get; init; }
    /// <summary>Round trip to the other site's leader, in milliseconds.</summary>
    public double? RoundTripMs { get; init; }
    /// <summary>The passive site acknowledges commits just now, until it has caught up (enforce-rpo).</summary>
    public bool EnforcingRpo { get; init; }
    /// <summary>Commits wait, because the queue's bound is reached (queue-full: stop-writes).</summary>
    public bool WritesStopped { get; init; }
}

/// <summary>A site's group as its card in the global scope tells.</summary>
public sealed record SiteGroupStatus
{
    public required string Site { get; init; }
    /// <summary>active or passive.</summary>
    public required string Role { get; init; }
    /// <summary>Its primary, or its standby leader.</summary>
    public string? Leader { get; init; }
    public long Epoch { get; init; }
    public bool Serving { get; init; }
    public bool Healthy { get; init; }
    public string? Lsn { get; init; }
    /// <summary>Since the card was last written anew, as this member saw it; null: it is this member's own site, or has no card.</summary>
    public double? SilentSeconds { get; init; }
}

/// <summary>A move of a store between its sites.</summary>
public sealed record SiteMoveStatus
{
    public required string Id { get; init; }
    /// <summary>switchover, failover or failback.</summary>
    public required string Kind { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    /// <summary>running, done or failed.</summary>
    public required string State { get; init; }
    public string? Result { get; init; }
    public required string RequestedBy { get; init; }
    public DateTimeOffset? RequestedAt { get; init; }
    public bool AcceptDataLoss { get; init; }
    /// <summary>How an operator said that the old site had been stopped.</summary>
    public string? Fenced { get; init; }
    public string? StoppedLsn { get; init; }
    public ImmutableArray<SiteStepStatus> Steps { get; init; } = [];
}

/// <param name="Step">check, verify-before, before-hook, prepare, fence, stop, catch-up, take, promote, after-hook, follow or verify.</param>
/// <param name="State">pending, running, done, failed or skipped.</param>
/// <param name="TookMs">Null: not ended.</param>
/// <param name="Detail">What came of it, or what it waits for.</param>
public sealed record SiteStepStatus(string Step, string State, DateTimeOffset? StartedAt, long? TookMs, string? Detail);

/// <summary>What an operator asks for.</summary>
/// <param name="Kind">switchover, failover or failback.</param>
/// <param name="To">The site that is to be active.</param>
/// <param name="Fenced">How the old site was stopped; needed for a failover under <c>isolation: continue</c>.</param>
/// <param name="RequestedBy">Who asks, for the history.</param>
public sealed record SiteMoveRequest(string Kind, string To, bool AcceptDataLoss, string? Fenced, string RequestedBy);
