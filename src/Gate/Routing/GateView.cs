using System.Collections.Immutable;
using Holdfast.Agent.Api.Serving;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Routing;

/// <summary>
/// All that a gate knows of one store at one moment; the whole input of <see cref="Router"/>. Ages have been measured on a monotonic clock
/// by the driver and count from when the question was sent, so what they are the age of was true then or later.
/// </summary>
public sealed record GateView
{
    public required GateSpec Gate { get; init; }
    /// <summary>Members of the store, by name.</summary>
    public required ImmutableSortedDictionary<string, MemberSeen> Members { get; init; }
    /// <summary>The groups, by site.</summary>
    public required ImmutableSortedDictionary<string, GroupSeen> Groups { get; init; }
    /// <summary>The global scope; null: the store has one site.</summary>
    public GlobalSeen? Global { get; init; }
}

/// <summary>A group's record as mirrored from coordination.</summary>
public sealed record GroupSeen
{
    public RecordState State { get; init; }
    public string? Problem { get; init; }
    public KnownPrimary? Record { get; init; }
    /// <summary>How old the confirmation is that the record is the newest; null: never confirmed.</summary>
    public TimeSpan? ConfirmedAgo { get; init; }
    /// <summary>The newest that this gate has ever seen, from wherever. It does not go back to an older one.</summary>
    public KnownPrimary? Newest { get; init; }
}

/// <param name="Primary">Null: the group is being born.</param>
/// <param name="Passive">It is the standby leader of a passive group.</param>
public sealed record KnownPrimary(long Epoch, string? Primary, bool Passive);

/// <summary>The site record as mirrored from the global scope.</summary>
public sealed record GlobalSeen
{
    public RecordState State { get; init; }
    public KnownSite? Record { get; init; }
    public TimeSpan? ConfirmedAgo { get; init; }
    /// <summary>The newest that this gate has ever seen, from wherever.</summary>
    public KnownSite? Newest { get; init; }
}

public sealed record KnownSite(long Epoch, string Active);

/// <summary>A member as its agent tells.</summary>
public sealed record MemberSeen
{
    public required string Name { get; init; }
    public required string Site { get; init; }
    /// <summary>The agent's last report; null: none yet.</summary>
    public ServingReport? Report { get; init; }
    /// <summary>Since the question was sent that <see cref="Report"/> answers; without a report, since the gate began to ask.</summary>
    public TimeSpan Age { get; init; }
    /// <summary>For how long it has not been fit for reading connections; zero: it is.</summary>
    public TimeSpan UnfitFor { get; init; }
    /// <summary>Connections to it, for balancing.</summary>
    public int Connections { get; init; }
}
