using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Replication;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>What a look at the server tells about the log on its way to other members: how much waits, and how fast it grows.</summary>
internal sealed class LinkObserver(StoreSpec store, MemberSpec self, LogBound bound, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly RateMeter _meter = new(Window);
    private readonly ImmutableDictionary<string, string> _members = LogKeeping.MembersBySlot(store, self);
    private readonly long _start = time.GetTimestamp();
    private (string Run, bool InRecovery)? _measured;

    public ImmutableArray<SlotView> Slots(ServerFacts facts)
    {
        var end = End(facts);
        return
        [
            .. facts.Slots.Where(slot => _members.ContainsKey(slot.Name))
                .Select(slot => ViewOf(slot, _members[slot.Name], end))
                .OrderBy(slot => slot.Member, StringComparer.Ordinal),
        ];
    }

    /// <summary>A primary's log and what a standby receives are measured apart, and so is each run of the server.</summary>
    public long? Rate(ServerFacts facts, string runId)
    {
        if (_measured != (runId, facts.InRecovery))
        {
            _meter.Forget();
            _measured = (runId, facts.InRecovery);
        }

        _meter.Note(time.GetElapsedTime(_start), End(facts).Value);
        return _meter.Rate;
    }

    private static Lsn End(ServerFacts facts) =>
        facts.InRecovery ? Lsn.Max(facts.Received, facts.Replayed) : facts.Inserted ?? Lsn.Zero;

    private SlotView ViewOf(Slot slot, string member, Lsn end)
    {
        long? backlog = slot is { Lost: false, Kept: { } kept } ? (long)end.BytesAhead(kept) : null;
        return new SlotView(member, slot.Active, backlog, slot.Lost, backlog is { } bytes ? Math.Max(0, bound.Of(member) - bytes) : null);
    }
}
