using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>What decisions about sites depend on in the store's specification.</summary>
public sealed record SitePolicy
{
    public required string Mine { get; init; }
    public required string Other { get; init; }
    /// <summary>The site that is active when the store is born.</summary>
    public required string First { get; init; }
    public IsolationPolicy Isolation { get; init; } = IsolationPolicy.Fence;
    public SiteFailoverPolicy Failover { get; init; } = SiteFailoverPolicy.Manual;
    /// <summary>How much may be lost with a site.</summary>
    public TimeSpan Rpo { get; init; }
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(4);
    public bool HookBefore { get; init; }
    public bool HookAfter { get; init; }
    /// <summary>The members can be compared by checksum, so a move does that.</summary>
    public bool Compares { get; init; } = true;

    /// <summary>Null for a store with one site.</summary>
    public static SitePolicy? From(StoreSpec store, string mine) => !store.HasTwoSites ? null : new SitePolicy
    {
        Mine = mine,
        Other = store.OtherSite(mine)!,
        First = store.FirstSite,
        Isolation = store.Isolation,
        Failover = store.SiteFailover,
        Rpo = store.SiteLoss.Rpo,
        Lease = store.Timing.SiteLease,
        HookBefore = store.BeforeMove is not null,
        HookAfter = store.AfterMove is not null,
        Compares = store.Engine.IsComparable,
    };
}

/// <summary>What a member of a store with two sites knows of the global scope and of the other site.</summary>
public sealed record SiteView
{
    public required SitePolicy Policy { get; init; }
    /// <summary>The global scope answers now.</summary>
    public bool Reachable { get; init; }
    /// <summary>Zero while it answers.</summary>
    public TimeSpan UnreachableFor { get; init; }
    public RecordState State { get; init; }
    /// <summary>For <see cref="RecordState.Unreadable"/>: where and what.</summary>
    public string? Problem { get; init; }
    public SiteRecord? Record { get; init; }
    /// <summary>The move that is on its way or was the last; null: there has been none.</summary>
    public SiteMove? Move { get; init; }
    /// <summary>The site in the lease key; null: nobody holds it.</summary>
    public string? LeaseSite { get; init; }
    /// <summary>This member holds the site lease, by its own clock.</summary>
    public bool LeaseHeld { get; init; }
    /// <summary>This member held it and could not renew it in time.</summary>
    public bool LeaseExpired { get; init; }
    /// <summary>For how long nobody has been seen to hold it; zero: somebody does.</summary>
    public TimeSpan LeaseGoneFor { get; init; }
    public ImmutableSortedDictionary<string, SiteCard> Cards { get; init; } = ImmutableSortedDictionary<string, SiteCard>.Empty;
    /// <summary>
    /// Since the other site's card last changed, counted from the earliest moment at which that may have been: the last time before it was seen at
    /// which the picture of the global scope was known to be current. Null: it has none, or has not changed since this agent's start.
    /// </summary>
    public TimeSpan? OtherSilentFor { get; init; }
    /// <summary>Members at the other site as their heartbeats tell.</summary>
    public ImmutableSortedDictionary<string, PeerView> Remote { get; init; } = ImmutableSortedDictionary<string, PeerView>.Empty;
    /// <summary>At the passive site: how much of the other site's work may be missing here, in its primary's own time; null: cannot be said.</summary>
    public TimeSpan? Lag { get; init; }

    public string Mine => Policy.Mine;
    public SiteCard? MyCard => Cards.GetValueOrDefault(Policy.Mine);
    public SiteCard? OtherCard => Cards.GetValueOrDefault(Policy.Other);

    /// <summary>The active site's card, when it is of the site record's own time and not a leftover of an earlier one.</summary>
    public SiteCard? ActiveCard =>
        Record is { } record && Cards.TryGetValue(record.ActiveSite, out var card) && !card.Passive && Eras.Of(card.Epoch) == record.Epoch
            ? card
            : null;

    /// <summary>
    /// The move that is on its way now; null: none. When its new site serves, the record is steady again and another move may begin, though
    /// this one still compares the sites, say.
    /// </summary>
    public SiteMove? Moving => Record is { } record && Move is { State: MoveState.Running } move && move.Id == record.MoveId
        ? move
        : null;
}
