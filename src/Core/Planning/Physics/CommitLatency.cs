using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>What a commit waits for, in the words of PostgreSQL's <c>synchronous_commit</c>.</summary>
public enum CommitMode
{
    /// <summary>The primary's own disk.</summary>
    Local,
    /// <summary>And that standbys have written it to their operating system.</summary>
    RemoteWrite,
    /// <summary>And that standbys have flushed it to their disks.</summary>
    On,
    /// <summary>And that standbys have replayed it, so that a reader there sees it.</summary>
    RemoteApply,
}

/// <summary>What an acknowledgement by one standby costs.</summary>
/// <param name="RoundTrip">To it and back.</param>
/// <param name="Flush">Until its disk has a record.</param>
/// <param name="Handover">Until one of its processes has woken another and has been woken by it.</param>
/// <param name="Apply">Until it has replayed a record that it has.</param>
public readonly record struct StandbyPath(TimeSpan RoundTrip, TimeSpan Flush, TimeSpan Handover = default, TimeSpan Apply = default);

/// <summary>
/// How long a commit takes. PostgreSQL flushes its own log first and waits for standbys then (<c>XLogFlush</c> before <c>SyncRepWaitForLSN</c> in
/// <c>RecordTransactionCommit</c>), so the two add up; and of several standbys the k-th to answer counts (<c>ANY k</c>: the k-th order statistic).
/// </summary>
public static class CommitLatency
{
    /// <param name="ownFlush">Of the primary's disk.</param>
    /// <param name="work">What the primary computes for it: waking a process, receiving, executing, sending.</param>
    /// <param name="standbys">All that may acknowledge.</param>
    /// <param name="quorum">How many must: k.</param>
    /// <exception cref="ImpossibleException">More acknowledgements than standbys, or a time below zero.</exception>
    public static TimeSpan Of(CommitMode mode, TimeSpan ownFlush, TimeSpan work, IReadOnlyCollection<StandbyPath> standbys, int quorum)
    {
        ArgumentNullException.ThrowIfNull(standbys);
        ImpossibleException.IfNegative(ownFlush, "a flush");
        ImpossibleException.IfNegative(work, "the servers' own work");
        if (mode == CommitMode.Local || quorum == 0)
        {
            return ownFlush + work;
        }

        return ownFlush + work + OrderStatistic([.. standbys.Select(standby => Answer(mode, standby))], quorum);
    }

    /// <summary>The k-th smallest: what a wait for any k of them takes.</summary>
    /// <exception cref="ImpossibleException">k is not from 1 to their number.</exception>
    public static TimeSpan OrderStatistic(IReadOnlyCollection<TimeSpan> times, int k)
    {
        ArgumentNullException.ThrowIfNull(times);
        return k >= 1 && k <= times.Count
            ? times.Order().ElementAt(k - 1)
            : throw new ImpossibleException($"{k} acknowledgements of {times.Count} standbys are impossible: at least one, and at most as many as there are");
    }

    /// <summary>
    /// That a wait for all of n parts is slow, when each by itself is slow with this probability: 1 − (1 − p)ⁿ. J. Dean and L. A. Barroso, "The Tail
    /// at Scale", Communications of the ACM 56(2), 2013.
    /// </summary>
    public static Probability SlowOfAll(Probability oneIsSlow, int parts) => new(1 - Math.Pow(oneIsSlow.Not.Value, parts));

    /// <summary>That fewer than k of n answer in time, when each is late with this probability: then a wait for any k is slow.</summary>
    public static Probability SlowOfAny(Probability oneIsSlow, int parts, int k) => Availability.AtLeast(k, parts, oneIsSlow.Not).Not;

    /// <summary>
    /// Commits a second that one connection can make when it commits one after another: the reciprocal of what one takes. Several connections
    /// share flushes, and so add up nearly linearly until the disk or the processors are full.
    /// </summary>
    public static double PerConnection(TimeSpan commit, TimeSpan between = default) =>
        1 / ImpossibleException.IfNotPositive((commit + between).TotalSeconds, "the time of a transaction", "s");

    /// <summary>How many connections must be at work for that many commits a second: L = λ·W. J. D. C. Little, Operations Research 9(3), 1961.</summary>
    public static double ConnectionsFor(double commitsPerSecond, TimeSpan commit) =>
        ImpossibleException.IfNegative(commitsPerSecond, "a rate", "commits a second") * commit.TotalSeconds;

    private static TimeSpan Answer(CommitMode mode, StandbyPath standby)
    {
        ImpossibleException.IfNegative(standby.RoundTrip, "a round trip");
        ImpossibleException.IfNegative(standby.Flush, "a flush");
        ImpossibleException.IfNegative(standby.Handover, "a handover");
        ImpossibleException.IfNegative(standby.Apply, "a replay");
        return mode switch
        {
            // The line wakes walsender and receiver; the walsender then wakes the backend, which had woken it.
            CommitMode.RemoteWrite => standby.RoundTrip + standby.Handover,
            CommitMode.On => standby.RoundTrip + standby.Handover + standby.Flush,
            // The receiver wakes the startup process, which replays what is flushed and wakes the receiver to say so.
            CommitMode.RemoteApply => standby.RoundTrip + standby.Handover + standby.Flush + standby.Handover + standby.Apply,
            _ => TimeSpan.Zero,
        };
    }
}
