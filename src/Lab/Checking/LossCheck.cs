using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>Every acknowledged write is there, or may be lost and is reported.</summary>
internal static class LossCheck
{
    private static readonly TimeSpan CatchesUpWithin = TimeSpan.FromSeconds(5);

    /// <summary>Acknowledged writes of which nothing, or not all, is there.</summary>
    public static IEnumerable<Write> Missing(History history) => Missing(history, Outcome.Acknowledged);

    /// <summary>
    /// Ids of lost writes that may be lost, and that a loss report names; and of those without an answer that a report names, where whoever was seen
    /// to have them may have lost them: a primary shows nothing else before its candidates have it (R10).
    /// </summary>
    public static ImmutableHashSet<long> Excused(History history) =>
    [
        .. Missing(history).Where(write => MayBeLost(history, write) && history.Reported.Contains(write.Id)).Select(write => write.Id),
        .. Missing(history, Outcome.Indeterminate).Where(write => history.Reported.Contains(write.Id) && MayBeLostBySeen(history, write.Id))
            .Select(write => write.Id),
    ];

    private static bool MayBeLostBySeen(History history, long id) => history.Reads.Where(read => read.AtPrimary && read.Last.Contains(id)).All(
        read => IsGivenUp(history, read.From, read.Sent) || WasDying(history, read) || (history.UnprotectedMayBeLost && WasAlone(history, read)));

    /// <summary>
    /// It was being answered when the server's main process was killed. What is left of such a server answers its statement to the end, and no longer waits for
    /// standbys: that is PostgreSQL's, and nobody who reads there can be kept from it.
    /// </summary>
    private static bool WasDying(History history, Read read) =>
        history.Killed.Any(killed => killed.Member == read.From.Member && read.Sent <= killed.At && read.Answered >= killed.At);

    /// <summary>
    /// The primary that answered the read is known to have demanded no standby shortly before it: a standby that it has just begun to demand may not have
    /// what it wrote alone.
    /// </summary>
    private static bool WasAlone(History history, Read read)
    {
        return !read.Protected || history.Reads.Any(other => !other.Protected && other.From == read.From && IsShortlyBefore(other.Sent)) ||
            history.Writes.Any(write => write is { Protected: false, Outcome: Outcome.Acknowledged } && write.By == read.From && IsShortlyBefore(write.Sent));

        bool IsShortlyBefore(long at) => at <= read.Answered && Stopwatch.GetElapsedTime(at, read.Answered) <= CatchesUpWithin;
    }

    private static IEnumerable<Write> Missing(History history, Outcome outcome)
    {
        var entries = history.Final.Lists.Select(list => list.Select(entry => entry.Id).ToHashSet()).ToList();
        return history.Writes.Where(write => write.Outcome == outcome).Where(
            write => write.Keys.IsEmpty ? !history.Final.Rows.Contains(write.Id) : write.Keys.Any(key => !entries[key].Contains(write.Id)));
    }

    public static IEnumerable<Violation> Judge(History history, ImmutableHashSet<long> excused) =>
        from write in Missing(history)
        where !excused.Contains(write.Id)
        let why = (MayBeLost(history, write), history.Reported.Contains(write.Id)) switch
        {
            (true, false) => "it may be lost, but no loss report names it",
            (false, true) => "a loss report names it, but nothing allows that it is lost",
            _ => "and no loss report names it",
        }
        select new Violation(
            Judgement.Lost, $"write {write.Id} of {write.Client}, acknowledged by {write.By}{(write.Protected ? "" : " without a standby")}, is gone; {why}");

    private static bool MayBeLost(History history, Write write) =>
        (history.UnprotectedMayBeLost && !write.Protected) ||
        IsGivenUp(history, write.By, write.Sent);

    private static bool IsGivenUp(History history, Reign by, long at) =>
        history.Disasters.Any(disaster => disaster.Members.Contains(by.Member) && at <= disaster.Until);
}
