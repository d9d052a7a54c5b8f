using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>A physical slot of ours.</summary>
/// <param name="Kept">Where the log that it keeps begins; null: it keeps none.</param>
/// <param name="Streams">Its member streams through it at this moment.</param>
internal sealed record Slot(string Name, bool Active, Lsn? Kept, bool Lost, bool Streams = false);

/// <summary>What is to be done with slots so that they keep neither too much nor too little. Pure.</summary>
/// <param name="Advance">Slots to move, and to where.</param>
/// <param name="Renew">Slots to make anew, which keeps log from now.</param>
internal sealed record SlotPlan(ImmutableArray<(string Slot, Lsn To)> Advance, ImmutableArray<string> Renew)
{
    /// <param name="members">Which member each slot is for.</param>
    /// <param name="flushed">Up to where members are known to have flushed.</param>
    /// <param name="own">Up to where this server has the log itself, and applied.</param>
    public static SlotPlan Make(
        IReadOnlyList<Slot> slots, ImmutableDictionary<string, string> members, ImmutableDictionary<string, Lsn> flushed, Lsn own, LogBound bound)
    {
        var known = slots.Where(slot => members.ContainsKey(slot.Name)).ToArray();
        // From PostgreSQL 16 on a slot that was invalidated stays so, though its member, fed or cloned meanwhile, streams through it again.
        var renew = known.Where(slot => slot is { Lost: true, Streams: true }).Select(slot => slot.Name).ToList();
        if (bound.KeepsQueue)
        {
            renew.AddRange(BeyondBound(known, members, own, bound));
        }

        var advance = known.Where(slot => !slot.Active && !slot.Lost && !renew.Contains(slot.Name))
            .Select(slot => (slot.Name, slot.Kept, To: Min(flushed.GetValueOrDefault(members[slot.Name]), own)))
            .Where(move => move.Kept is { } kept && kept < move.To)
            .Select(move => (move.Name, move.To));
        return new SlotPlan([.. advance], [.. renew]);
    }

    /// <summary>
    /// The queue to another site is what its most advanced member needs: that one is kept, whatever it takes, and the agent stops writes.
    /// </summary>
    private static IEnumerable<string> BeyondBound(
        Slot[] slots, ImmutableDictionary<string, string> members, Lsn own, LogBound bound)
    {
        var queues = slots.Where(slot => slot.Kept is not null && bound.IsRemote(members[slot.Name]))
            .GroupBy(slot => bound.SiteOf(members[slot.Name]), StringComparer.Ordinal)
            .Select(site => site.MaxBy(slot => slot.Kept!.Value)!.Name)
            .ToHashSet(StringComparer.Ordinal);
        return slots.Where(slot =>
                slot is { Active: false, Kept: { } kept } && !queues.Contains(slot.Name) &&
                own.BytesAhead(kept) > (ulong)bound.Of(members[slot.Name]))
            .Select(slot => slot.Name);
    }

    private static Lsn Min(Lsn left, Lsn right) => left < right ? left : right;
}
