using System.Collections.Immutable;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>Entries are where their transactions put them, and in the order in which they were acknowledged.</summary>
internal static class OrderCheck
{
    public static IEnumerable<Violation> Judge(History history, ImmutableHashSet<long> excused)
    {
        var positions = history.Final.Lists.Select(
            list => list.GroupBy(entry => entry.Id).ToDictionary(group => group.Key, group => group.First().Position)).ToList();
        var appends = history.Writes.Where(write => write is { Outcome: Outcome.Acknowledged, Keys.IsEmpty: false } && !excused.Contains(write.Id)).ToList();
        foreach (var write in appends)
        {
            foreach (var place in write.Places)
            {
                if (positions[place.Key].TryGetValue(write.Id, out var position) && position != place.Position)
                {
                    yield return new Violation(
                        Judgement.Reordered, $"entry {write.Id} of list {place.Key} was put at {place.Position} by {write.By}, and is at {position}");
                }
            }
        }

        foreach (var (at, key) in positions.Select((at, key) => (at, key)))
        {
            var ofKey = appends.Where(write => write.Keys.Contains(key) && at.ContainsKey(write.Id)).ToList();
            foreach (var violation in Reordered(ofKey, at, key))
            {
                yield return violation;
            }
        }
    }

    /// <summary>What was acknowledged before another was sent stands before it.</summary>
    private static IEnumerable<Violation> Reordered(IReadOnlyList<Write> writes, Dictionary<long, long> at, int key)
    {
        var answered = writes.OrderBy(write => write.Answered).ToList();
        var (next, last) = (0, (Write?)null);
        foreach (var write in writes.OrderBy(write => write.Sent))
        {
            for (; next < answered.Count && answered[next].Answered < write.Sent; next++)
            {
                last = last is null || at[answered[next].Id] > at[last.Id] ? answered[next] : last;
            }

            if (last is not null && at[last.Id] > at[write.Id])
            {
                yield return new Violation(
                    Judgement.Reordered,
                    $"in list {key}, entry {write.Id} stands at {at[write.Id]}, " +
                    $"before entry {last.Id} at {at[last.Id]}, which was acknowledged before it was sent");
            }
        }
    }
}
