using System.Collections.Immutable;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Facts;

/// <summary>All that a plan is made from. What nobody declared or measured has its default, and says so.</summary>
public sealed record PlanFacts
{
    public required string System { get; init; }
    /// <summary>How amounts of money are written, such as <c>EUR</c>.</summary>
    public required string Currency { get; init; }
    /// <summary>By name. The first that is no witness is the active one where a store does not say.</summary>
    public required ImmutableArray<PlanSite> Sites { get; init; }
    public required ImmutableArray<LinkFacts> Links { get; init; }
    public required ImmutableArray<StoreFacts> Stores { get; init; }
    public required TimeFacts Times { get; init; }
    public required BackupFacts Backup { get; init; }
    public required PriceFacts Prices { get; init; }
    /// <summary>How often each failure strikes; per host where it is a host's.</summary>
    public required ImmutableDictionary<FailureKind, Fact<YearlyRate>> Failures { get; init; }
    /// <summary>Share of the failures of hosts that strikes all hosts of a site at once (β).</summary>
    public required Fact<Probability> CommonCause { get; init; }
    /// <summary>For the decisions around the plan.</summary>
    public DecisionFacts Decisions { get; init; } = DecisionFacts.None;

    public IEnumerable<PlanSite> DataSites => Sites.Where(site => !site.Witness);
    public bool HasWitness => Sites.Length > 2;

    /// <summary>The link between two sites, in either direction. Null: none is declared.</summary>
    public LinkFacts? Link(string site, string other) =>
        Links.FirstOrDefault(link => link.Joins(site, other));
}

/// <param name="Region">Sites of one region can be lost together, by a flood or a failing grid. Its own name unless told.</param>
/// <param name="Witness">Carries coordination only.</param>
public sealed record PlanSite(string Name, string Region, bool Witness)
{
    /// <summary>Who said in which region it is.</summary>
    public FactSource RegionSource { get; init; } = FactSource.Declared;
    public string RegionOrigin { get; init; } = $"sites.{Name}.region";

    /// <summary>A site of which nobody said in which region it is: it counts as one by itself, so that nothing else is lost with it.</summary>
    public static PlanSite OfItsOwn(string name, bool witness) => new(name, $"(of {name})", witness)
    {
        RegionSource = FactSource.Assumed,
        RegionOrigin = "a region of its own, lost with no other site; declare it where sites can be lost together",
    };
}

/// <summary>What lies between two sites.</summary>
public sealed record LinkFacts
{
    public required string From { get; init; }
    public required string To { get; init; }
    /// <summary>Null: not declared, only the round trip is known.</summary>
    public Fact<RouteLength>? Route { get; init; }
    public required Fact<TimeSpan> RoundTrip { get; init; }
    /// <summary>Of the line, headers and all.</summary>
    public required Fact<ByteRate> Line { get; init; }
    /// <summary>Of a TCP connection: how much may be on its way.</summary>
    public required Fact<ByteCount> Window { get; init; }
    /// <summary>Of packets.</summary>
    public required Fact<Probability> Loss { get; init; }
    /// <summary>For a month.</summary>
    public required Fact<Money> Price { get; init; }
    /// <summary>How long an outage of it must be bridged without a new copy.</summary>
    public required Fact<TimeSpan> Outage { get; init; }
    public string Name => $"{From}-{To}";

    /// <summary>It is between these two, in either direction.</summary>
    public bool Joins(string site, string other) => (From == site && To == other) || (From == other && To == site);
}

/// <summary>Times that hold for all stores.</summary>
public sealed record TimeFacts
{
    /// <summary>One write to coordination: its round trip to a majority, and its flush.</summary>
    public required Fact<TimeSpan> CoordinationWrite { get; init; }
    /// <summary>Until somebody has been woken, has looked, and has decided.</summary>
    public required Fact<TimeSpan> Operator { get; init; }
    /// <summary>Until new hosts are there where none were.</summary>
    public required Fact<TimeSpan> Provision { get; init; }
    /// <summary>Until clients have found the new primary.</summary>
    public required Fact<TimeSpan> Redirect { get; init; }
    /// <summary>Until somebody has made sure that a site that nobody hears has stopped.</summary>
    public required Fact<TimeSpan> Fence { get; init; }
    /// <summary>Until somebody has looked at what a backup, or another copy, brought back, before clients are let in.</summary>
    public required Fact<TimeSpan> Verify { get; init; }
    /// <summary>Until a lost member is whole again.</summary>
    public required Fact<TimeSpan> Repair { get; init; }
    /// <summary>What is not covered at all takes this long: by hand, from paper.</summary>
    public required Fact<TimeSpan> Rebuild { get; init; }
}

/// <summary>Backups and the archive of logs.</summary>
public sealed record BackupFacts
{
    /// <summary>Between two backups.</summary>
    public required Fact<TimeSpan> Interval { get; init; }
    /// <summary>The longest that a piece of log waits before it is archived.</summary>
    public required Fact<TimeSpan> ArchiveTimeout { get; init; }
    public required Fact<TimeSpan> Retention { get; init; }
    /// <summary>Of each backup, what of the store's size it takes: compressed, and of what has changed.</summary>
    public required Fact<Probability> Share { get; init; }
    /// <summary>The repository outlives the site.</summary>
    public required Fact<bool> OffSite { get; init; }
    /// <summary>The repository outlives the region.</summary>
    public required Fact<bool> OffRegion { get; init; }
}

/// <summary>What things cost.</summary>
public sealed record PriceFacts
{
    /// <summary>A host with what runs on it, for a month.</summary>
    public required Fact<Money> Host { get; init; }
    /// <summary>A gigabyte of a member's disk, for a month.</summary>
    public required Fact<Money> Disk { get; init; }
    /// <summary>A gigabyte of a backup repository, for a month.</summary>
    public required Fact<Money> Repository { get; init; }
    /// <summary>A gigabyte from one site to another.</summary>
    public required Fact<Money> Egress { get; init; }
    /// <summary>One drill.</summary>
    public required Fact<Money> Drill { get; init; }
    /// <summary>How many drills there are in a year.</summary>
    public required Fact<YearlyRate> Drills { get; init; }
}
