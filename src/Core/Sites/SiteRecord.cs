using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>Whether a store's active site is to change.</summary>
public enum SiteState
{
    Steady,
    /// <summary>A move is on its way; <see cref="SiteRecord.MoveId"/> says which.</summary>
    Moving,
}

/// <summary>The one record of a store in the global scope, changed only by compare-and-swap: which site is active.</summary>
public sealed record SiteRecord
{
    /// <summary>Format that this version writes and understands.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Rises with every change of the active site. The epochs of the groups rise with it (<see cref="Eras"/>).</summary>
    public required long Epoch { get; init; }
    public required string ActiveSite { get; init; }
    public SiteState State { get; init; }
    /// <summary>The move that changed this record last, or is on its way.</summary>
    public string? MoveId { get; init; }
    /// <summary>Rises with every move that begins, whatever becomes of it.</summary>
    public long Moves { get; init; }
    /// <summary>
    /// What the active site's first primary must have: as far as the store was taken with. It is kept here and not in the move, which another may
    /// replace. Null: nothing is demanded (any more), as when it has been promoted, or an operator has accepted the loss.
    /// </summary>
    public LogPosition? Owed { get; init; }
    /// <summary>Why the active site is what it is, in words for people.</summary>
    public string? Reason { get; init; }

    /// <summary>The record when a move begins; whoever begins one writes this together with the move.</summary>
    public SiteRecord Begin(string moveId) => this with { State = SiteState.Moving, MoveId = moveId, Moves = Moves + 1 };
}

/// <summary>
/// Gives each change of the active site a range of epochs of its own. Two sites that cannot see each other may both elect; as their epochs
/// come from different ranges, no number is ever given twice, and whatever was written under an earlier site epoch is older.
/// </summary>
public static class Eras
{
    /// <summary>So many changes of primary may happen inside a site between two moves.</summary>
    public const long Width = 1_000_000;

    /// <summary>No site epoch is above: what follows from it would not fit into a number.</summary>
    public const long Last = long.MaxValue / Width;

    /// <summary>The first epoch under a site epoch.</summary>
    public static long FirstEpoch(long siteEpoch) => ((siteEpoch - 1) * Width) + 1;

    /// <summary>The site epoch that an epoch belongs to; 0 for epoch 0.</summary>
    public static long Of(long epoch) => (epoch + Width - 1) / Width;

    /// <summary>Its primary came with a move between sites: elected by nobody, the site's standby leader went on.</summary>
    public static bool BeganByMove(long epoch) => epoch > Width && epoch == FirstEpoch(Of(epoch));
}

/// <summary>What a site's group tells the other site through the global scope; written by its primary or standby leader only.</summary>
public sealed record SiteCard
{
    public required string Site { get; init; }
    /// <summary>Of the group's record.</summary>
    public required long Epoch { get; init; }
    /// <summary>The primary at the active site, the standby leader at the passive one.</summary>
    public required string Leader { get; init; }
    public bool Passive { get; init; }
    /// <summary>Null while the group is being born.</summary>
    public string? SystemId { get; init; }
    public ImmutableArray<LineageEntry> Lineage { get; init; } = [];
    /// <summary>The leader's server runs in its role: a primary admits clients, a standby leader streams.</summary>
    public bool Serving { get; init; }
    /// <summary>All of the group's members are there and follow.</summary>
    public bool Healthy { get; init; }
    /// <summary>By what the active site's primary writes: only under <c>fence</c> the end of its site lease says that it has stopped. Null: passive.</summary>
    public IsolationPolicy? Isolation { get; init; }
    /// <summary>How far the leader has flushed.</summary>
    public LogPosition? Position { get; init; }
    /// <summary>The clock of the active primary in the newest ledger row that the leader has, in milliseconds since 1970; null: none.</summary>
    public long? LedgerClock { get; init; }
    /// <summary>
    /// Of the active primary, when the card was made, or when it was first seen not to write any more; milliseconds since 1970. Null: the card is
    /// of a passive site.
    /// </summary>
    public long? Clock { get; init; }
    /// <summary>Rises with every writing; who does not see it rise does not hear the site.</summary>
    public long Beat { get; init; }

    public bool Equals(SiteCard? other) => other is not null && SaysTheSame(other) && Position == other.Position && LedgerClock == other.LedgerClock &&
        Clock == other.Clock && Beat == other.Beat;

    public override int GetHashCode() => HashCode.Combine(Site, Epoch, Leader, Passive, SystemId, Beat);

    /// <summary>The same but for what changes with every beat.</summary>
    public bool SaysTheSame(SiteCard? other) => other is not null && Site == other.Site && Epoch == other.Epoch && Leader == other.Leader &&
        Passive == other.Passive && SystemId == other.SystemId && Serving == other.Serving && Healthy == other.Healthy &&
        Isolation == other.Isolation &&
        Lineage.AsSpan().SequenceEqual(other.Lineage.AsSpan());
}
