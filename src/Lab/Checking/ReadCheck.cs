using System.Collections.Immutable;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>
/// Reads at primaries never go back: what was acknowledged, or was seen at a primary, before a read was sent, that read shows, unless it was
/// answered by a member that had been replaced: such a one may answer from the past, but what it shows must not vanish either.
/// </summary>
internal static class ReadCheck
{
    public static (ImmutableArray<Violation> Violations, int Stale) Judge(History history, Reigns reigns, ImmutableHashSet<long> excused)
    {
        var violations = ImmutableArray.CreateBuilder<Violation>();
        foreach (var read in history.Reads.Where(read => !read.Torn.IsEmpty))
        {
            violations.Add(new Violation(Judgement.Torn, $"{read.Client} saw a part of transaction {read.Torn[0]} at {read.From.Member}"));
        }

        var reads = history.Reads.Where(read => read.AtPrimary).ToList();
        violations.AddRange(Vanished(history, reads, excused));
        var stale = new List<Read>();
        foreach (var (key, evidence) in Evidence(history, reads, reigns, excused).Select((evidence, key) => (key, evidence)))
        {
            var (next, shown) = (0, new Shown());
            foreach (var read in reads.OrderBy(read => read.Sent))
            {
                for (; next < evidence.Count && evidence[next].At < read.Sent; next++)
                {
                    shown.Add(evidence[next]);
                }

                var reign = reigns[read.From];
                if (shown.Until(reign) is { } most && most.Length > read.Lengths[key])
                {
                    violations.Add(new Violation(
                        Judgement.WentBack,
                        $"{read.Client} read list {key} with {read.Lengths[key]} entries at {read.From}, " +
                        $"after {most.Length} had been {most.What} at {most.By}"));
                }

                if (key == 0 && shown.Newest > reign)
                {
                    stale.Add(read);
                }
            }
        }

        violations.AddRange(StaleCheck.Judge(stale, history.StaleLimits));
        return (violations.ToImmutable(), stale.Count);
    }

    /// <summary>By key: how long the list was known to be, by when, in the order of time. What a reported loss took is left out.</summary>
    private static List<List<Known>> Evidence(History history, List<Read> reads, Reigns reigns, ImmutableHashSet<long> excused)
    {
        var all = Enumerable.Range(0, history.Final.Lists.Length).Select(_ => new List<Known>()).ToList();
        foreach (var write in history.Writes.Where(write => write is { Outcome: Outcome.Acknowledged, IsLate: false } && !excused.Contains(write.Id)))
        {
            foreach (var place in write.Places)
            {
                all[place.Key].Add(new Known(write.Answered, reigns[write.By], place.Position, "acknowledged", write.By));
            }
        }

        foreach (var read in reads)
        {
            for (var key = 0; key < all.Count; key++)
            {
                // A read of what was lost later, and reported, says nothing of what comes after.
                if (!excused.Contains(read.Last[key]))
                {
                    all[key].Add(new Known(read.Answered, reigns[read.From], read.Lengths[key], "read", read.From));
                }
            }
        }

        all.ForEach(list => list.Sort((a, b) => a.At.CompareTo(b.At)));
        return all;
    }

    private static IEnumerable<Violation> Vanished(History history, List<Read> reads, ImmutableHashSet<long> excused)
    {
        foreach (var read in reads)
        {
            for (var key = 0; key < history.Final.Lists.Length; key++)
            {
                var (length, last) = (read.Lengths[key], read.Last[key]);
                var list = history.Final.Lists[key];
                if (length == 0 || excused.Contains(last) || (length <= list.Length && list[(int)length - 1].Id == last))
                {
                    continue;
                }

                yield return new Violation(
                    Judgement.Vanished, $"{read.Client} saw {last} as entry {length} of list {key} at {read.From}, where that is not now");
            }
        }
    }

    private readonly record struct Known(long At, int Reign, long Length, string What, Reign By);

    /// <summary>The most that is known up to each reign.</summary>
    private sealed class Shown
    {
        private readonly SortedDictionary<int, Known> _most = [];

        public int Newest => _most.Count == 0 ? -1 : _most.Keys.Last();

        public void Add(Known known)
        {
            if (!_most.TryGetValue(known.Reign, out var before) || before.Length < known.Length)
            {
                _most[known.Reign] = known;
            }
        }

        public Known? Until(int reign)
        {
            Known? most = null;
            foreach (var (_, known) in _most.TakeWhile(pair => pair.Key <= reign))
            {
                most = most is null || known.Length > most.Value.Length ? known : most;
            }

            return most;
        }
    }
}
