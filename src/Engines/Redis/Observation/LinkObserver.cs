using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis.Observation;

/// <summary>
/// What of the stream the other members lack, and whether it is still kept here. A server has one backlog for all of them, and knows of who is
/// connected only; how far the others are is known from their own word.
/// </summary>
internal sealed class LinkObserver(StoreSpec store, MemberSpec self)
{
    private ImmutableDictionary<string, Lsn> _flushed = ImmutableDictionary<string, Lsn>.Empty;

    /// <param name="flushed">Up to where members say they are; of others what they said last holds.</param>
    public void Note(ImmutableDictionary<string, Lsn> flushed) => _flushed = _flushed.SetItems(flushed);

    public ImmutableArray<SlotView> Slots(ServerInfo info, Stretch stretch)
    {
        if (!store.HasTwoSites)
        {
            return [];
        }

        var connected = info.Standbys.Where(standby => standby.Online).ToList();
        var (known, end) = (_flushed, stretch.At(info.Offset).Lsn);
        return [.. store.Members.Values.Where(member => member.Name != self.Name).Select(member => Slot(member, known, connected, info, stretch, end))];
    }

    private static SlotView Slot(
        MemberSpec member, ImmutableDictionary<string, Lsn> flushed, List<ListedStandby> connected, ServerInfo info, Stretch stretch, Lsn end)
    {
        var listed = connected.FindLast(standby => standby.Name == member.Name);
        Lsn? said = flushed.TryGetValue(member.Name, out var at) ? at : null;
        // Who has just connected has confirmed nothing yet.
        Lsn? confirmed = listed is { Offset: > 0 } ? stretch.At(listed.Offset).Lsn : null;
        if (info.Backlog is not { } kept || (confirmed ?? said) is not { } has)
        {
            return new SlotView(member.Name, listed is not null, null, Lost: false, null);
        }

        // Whoever is connected gets what waits for it whether the backlog has it or not.
        var lost = listed is null && end > has && has < stretch.At(kept.First - 1).Lsn;
        var backlog = (long)end.BytesAhead(has);
        return lost ? new SlotView(member.Name, false, null, Lost: true, null)
            : new SlotView(member.Name, listed is not null, backlog, Lost: false, Math.Max(0, kept.Bound - backlog));
    }
}
