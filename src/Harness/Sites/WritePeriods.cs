using System.Collections.Immutable;

namespace Holdfast.Harness.Sites;

/// <summary>A commit that a member acknowledged.</summary>
/// <param name="Member">Who acknowledged.</param>
/// <param name="Timeline">Of that server when it wrote; every promotion begins another.</param>
/// <param name="Sent">Monotonic timestamp before the commit was sent.</param>
/// <param name="Acknowledged">Monotonic timestamp after the answer had come.</param>
public readonly record struct SeenCommit(long Id, string Member, string Timeline, long Sent, long Acknowledged);

/// <summary>Two members that both acknowledged commits during the same time, as far as that can be proven from outside.</summary>
public sealed record TwoWriters(string First, string Second, TimeSpan Together)
{
    public override string ToString() => $"{First} and {Second} both acknowledged commits during {Together.TotalMilliseconds:0} ms";
}

/// <summary>Tells from acknowledged commits whether there was one writer at any time.</summary>
public static class WritePeriods
{
    /// <summary>
    /// A member wrote at least from its first acknowledgement on a timeline to the sending of its last one there: between the two it was
    /// promoted by nobody. Two such periods that overlap are two writers.
    /// </summary>
    public static ImmutableArray<TwoWriters> Overlaps(IEnumerable<SeenCommit> commits)
    {
        var periods = commits.GroupBy(commit => (commit.Member, commit.Timeline))
            .Select(period => (Name: $"{period.Key.Member} (timeline {period.Key.Timeline})", period.Key.Member,
                From: period.Min(commit => commit.Acknowledged), To: period.Max(commit => commit.Sent)))
            .Where(period => period.From < period.To).ToList();
        return
        [
            .. periods.SelectMany((a, index) => periods.Skip(index + 1).Where(b => b.Member != a.Member).Select(b => (a, b)))
                .Select(pair => (pair.a, pair.b, From: Math.Max(pair.a.From, pair.b.From), To: Math.Min(pair.a.To, pair.b.To)))
                .Where(overlap => overlap.From < overlap.To)
                .Select(overlap => new TwoWriters(
                    overlap.a.Name, overlap.b.Name, System.Diagnostics.Stopwatch.GetElapsedTime(overlap.From, overlap.To))),
        ];
    }
}
