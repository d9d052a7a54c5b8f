using System.Diagnostics;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>
/// A primary that has been replaced and does not know it may answer from the past, but not for ever: the agent stops it after <c>stale-read-limit</c> (R5),
/// and a gate closes what leads to it much earlier.
/// </summary>
internal static class StaleCheck
{
    /// <summary>Readers ask several times a second; after a longer silence the host stood still or was gone, which is no time of answering.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    /// <param name="stale">Reads that a replaced primary answered, in the order in which they were sent.</param>
    public static IEnumerable<Violation> Judge(IEnumerable<Read> stale, (TimeSpan Member, TimeSpan Gate) limits)
    {
        foreach (var group in stale.GroupBy(read => (read.From, read.IsGated)))
        {
            var (first, last, limit) = ((Read?)null, (Read?)null, group.Key.IsGated ? limits.Gate : limits.Member);
            foreach (var read in group)
            {
                first = last is null || Stopwatch.GetElapsedTime(last.Answered, read.Sent) > Silence ? read : first;
                last = read;
                if (Stopwatch.GetElapsedTime(first!.Sent, read.Answered) is var time && time > limit)
                {
                    yield return new Violation(
                        Judgement.Stale,
                        $"{read.From}{(read.IsGated ? ", through the gate," : "")} answered {read.Client} for {time.TotalSeconds:0.0} s after it had been " +
                        $"replaced; {limit.TotalSeconds:0.#} s are allowed");
                    break;
                }
            }
        }
    }
}
