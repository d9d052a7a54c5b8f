using System.Collections.Immutable;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>What is there at the end is made of whole transactions that somebody sent, each once, and of no refused one.</summary>
internal static class ContentCheck
{
    public static IEnumerable<Violation> Judge(History history, ImmutableHashSet<long> excused)
    {
        var writes = history.Writes.ToDictionary(write => write.Id);
        foreach (var id in history.Final.Rows)
        {
            if (OfUnwanted(writes, id) is { } violation)
            {
                yield return violation;
            }
        }

        var seen = new Dictionary<long, (int Count, int Width)>();
        foreach (var (list, key) in history.Final.Lists.Select((list, key) => (list, key)))
        {
            var inList = new HashSet<long>();
            foreach (var (entry, index) in list.Select((entry, index) => (entry, index)))
            {
                seen[entry.Id] = (seen.GetValueOrDefault(entry.Id).Count + 1, entry.Width);
                if (!inList.Add(entry.Id))
                {
                    yield return new Violation(Judgement.Repeated, $"entry {entry.Id} is twice in list {key}, the second time at {entry.Position}");
                }

                if (entry.Position != index + 1)
                {
                    yield return new Violation(Judgement.Repeated, $"list {key} has position {entry.Position} as its entry number {index + 1}");
                    break;
                }
            }
        }

        foreach (var (id, (count, width)) in seen)
        {
            if (OfUnwanted(writes, id) is { } violation)
            {
                yield return violation;
            }

            if (count < width && !excused.Contains(id))
            {
                yield return new Violation(Judgement.Torn, $"of transaction {id}, which appended to {width} lists, {count} entries are there");
            }
        }
    }

    private static Violation? OfUnwanted(Dictionary<long, Write> writes, long id) => writes.GetValueOrDefault(id) switch
    {
        null => new Violation(Judgement.Invented, $"{id} is there, and no client's write is known by that id"),
        { Outcome: Outcome.Failed } write => new Violation(Judgement.Ghost, $"write {id} of {write.Client} is there, although it had failed"),
        _ => null,
    };
}
