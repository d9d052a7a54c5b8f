using System.Collections.Immutable;
using Holdfast.Harness.Sites;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>The primaries of a history, in the order in which they began to answer.</summary>
internal sealed class Reigns
{
    private readonly ImmutableDictionary<Reign, int> _order;
    private readonly ImmutableArray<TwoWriters> _overlaps;

    private Reigns(ImmutableDictionary<Reign, int> order, ImmutableArray<TwoWriters> overlaps) => (_order, _overlaps) = (order, overlaps);

    /// <summary>Number of a reign, from 0; a higher one began later.</summary>
    public int this[Reign reign] => _order[reign];

    public static Reigns Of(History history)
    {
        var acknowledged = history.Writes.Where(write => write is { Outcome: Outcome.Acknowledged, IsLate: false }).ToList();
        var seen = acknowledged.Select(write => (write.By, write.Answered))
            .Concat(history.Reads.Where(read => read.AtPrimary).Select(read => (By: read.From, read.Answered)));
        var order = seen.GroupBy(one => one.By).Select(group => (group.Key, First: group.Min(one => one.Answered))).OrderBy(pair => pair.First)
            .Select((pair, index) => (pair.Key, index)).ToImmutableDictionary(pair => pair.Key, pair => pair.index);
        return new Reigns(order, WritePeriods.Overlaps(
            acknowledged.Select(write => new SeenCommit(write.Id, write.By.Member, write.By.Timeline, write.Sent, write.Answered))));
    }

    /// <summary>Members that acknowledged at the same time, as far as that can be proven from outside.</summary>
    public IEnumerable<Violation> Overlaps() => _overlaps.Select(pair => new Violation(Judgement.TwoWriters, pair.ToString()));
}
