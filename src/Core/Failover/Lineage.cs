using System.Collections.Immutable;

namespace Holdfast.Core.Failover;

/// <summary>Where a member's log stands against the record's lineage.</summary>
/// <param name="OnLineage">Everything it has is part of the store's history, so it can follow as it is.</param>
/// <param name="HasAll">It has all up to the newest fork, so it cannot lack anything that an earlier primary acknowledged.</param>
/// <param name="DivergedFrom">Where it left the history; meaningful when not <paramref name="OnLineage"/>.</param>
public sealed record Standing(bool OnLineage, bool HasAll, LogPosition DivergedFrom)
{
    internal static Standing Diverged(uint timeline, Lsn from) => new(false, false, new LogPosition(timeline, from));
}

/// <summary>
/// Compares a member's own history with the record's lineage (R8, oath 4). An entry matches when timeline and fork agree and the member's
/// log was written or received under that epoch or a later one; the last tells apart two timelines that bear one number.
/// </summary>
public static class Lineage
{
    /// <param name="flushed">How far the member has flushed.</param>
    /// <param name="applied">The end of its last whole record; where it would go on.</param>
    /// <param name="logEpoch">The epoch under which it last wrote or received.</param>
    public static Standing Locate(
        ImmutableArray<LineageEntry> lineage, LogPosition flushed, Lsn applied, ImmutableArray<TimelineStart> history, long logEpoch)
    {
        if (lineage.IsEmpty)
        {
            return new Standing(true, true, default);
        }

        if (ChainFrom(lineage[0], flushed.Timeline, history) is not { } chain)
        {
            return Standing.Diverged(flushed.Timeline, Lsn.Zero);
        }

        // A lineage that begins with a restore begins at a fork: who bears that number by a promotion that came to nothing was never on it.
        if (lineage[0].Fork > Lsn.Zero && logEpoch < lineage[0].Epoch)
        {
            return Standing.Diverged(flushed.Timeline, Lsn.Zero);
        }

        for (var i = 1; i < chain.Length; i++)
        {
            var mine = chain[i];
            var previous = chain[i - 1].Timeline;
            if (i >= lineage.Length)
            {
                return Standing.Diverged(previous, mine.Fork);
            }

            var theirs = lineage[i];
            var same = theirs.Timeline is { } timeline ? timeline == mine.Timeline && theirs.Fork == mine.Fork : mine.Fork <= theirs.Fork;
            if (!same || logEpoch < theirs.Epoch)
            {
                return Standing.Diverged(previous, mine.Fork < theirs.Fork ? mine.Fork : theirs.Fork);
            }
        }

        var next = chain.Length < lineage.Length ? lineage[chain.Length] : null;
        if (next is not null && applied > next.Fork)
        {
            return Standing.Diverged(flushed.Timeline, next.Fork);
        }

        // All but the last fork must have been passed; the last one at least reached.
        var hasAll = chain.Length == lineage.Length || (chain.Length == lineage.Length - 1 && flushed.Lsn >= lineage[^1].Fork);
        return new Standing(true, hasAll, default);
    }

    /// <summary>
    /// The lineage as its next primary hands it on: only the entries that its own log followed (an epoch whose timeline it never saw is no part
    /// of the store's history any more, and its number may be given again); a fork still open is closed by what it followed; then the new
    /// epoch's fork is opened.
    /// </summary>
    public static ImmutableArray<LineageEntry> Extend(
        ImmutableArray<LineageEntry> lineage, uint timeline, ImmutableArray<TimelineStart> history, long epoch, Lsn promised)
    {
        var known = lineage;
        if (!lineage.IsEmpty && ChainFrom(lineage[0], timeline, history) is { } chain)
        {
            known = lineage[..Math.Min(chain.Length, lineage.Length)];
            if (known[^1].Timeline is null)
            {
                known = known.SetItem(known.Length - 1,
                    known[^1] with { Timeline = chain[known.Length - 1].Timeline, Fork = chain[known.Length - 1].Fork });
            }
        }

        return known.Add(new LineageEntry(epoch, null, promised));
    }

    /// <summary>
    /// The lineage once its newest primary's own history is known. The new timeline's parent may be one that nobody knew the store had been on:
    /// a server takes over the history file of a timeline as soon as it has fetched it, before it has applied a byte of it. Such a timeline in
    /// between gets an entry of the same epoch.
    /// </summary>
    public static ImmutableArray<LineageEntry> Close(
        ImmutableArray<LineageEntry> lineage, uint timeline, ImmutableArray<TimelineStart> history, long epoch)
    {
        if (ChainFrom(lineage[0], timeline, history) is not { } chain)
        {
            return lineage;
        }

        var known = lineage
            .TakeWhile((entry, i) => entry.Timeline is not null && i < chain.Length && entry.Timeline == chain[i].Timeline)
            .ToImmutableArray();
        return known.AddRange(chain.Skip(known.Length).Select(start => new LineageEntry(epoch, start.Timeline, start.Fork)));
    }

    /// <summary>
    /// Where a log that diverged at <paramref name="from"/> leaves the lineage now, <paramref name="judgedUnder"/> being the epoch when that was
    /// said: a newer history may fork off earlier, when it may lose data.
    /// </summary>
    public static LogPosition Reconsider(ImmutableArray<LineageEntry> lineage, LogPosition from, long judgedUnder)
    {
        for (var i = 1; i < lineage.Length; i++)
        {
            if (lineage[i].Epoch > judgedUnder && lineage[i].Fork < from.Lsn)
            {
                from = new LogPosition(lineage[i - 1].Timeline ?? from.Timeline, lineage[i].Fork);
            }
        }

        return from;
    }

    /// <summary>The member's timelines from the lineage's first one on; null when it never was on that one.</summary>
    private static ImmutableArray<TimelineStart>? ChainFrom(LineageEntry first, uint current, ImmutableArray<TimelineStart> history)
    {
        if (history.IsEmpty)
        {
            return first.Timeline == current ? [new TimelineStart(current, Lsn.Zero)] : null;
        }

        for (var i = 0; i < history.Length; i++)
        {
            if (history[i].Timeline == first.Timeline)
            {
                return history[i..];
            }
        }

        // The lineage begins with a timeline that lies before the first fork the member knows of: the very first one.
        return first.Timeline is { } root && root < history[0].Timeline ? [new TimelineStart(root, Lsn.Zero), .. history] : null;
    }
}
