using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>
/// The segment in which a timeline begins has the end of the timeline before, too, and a standby that changes over receives it again from its start. If
/// that breaks off, the new file has less of the old timeline than the old one, which was flushed and acknowledged; and recovery reads the newer file.
/// A promotion then fails, and after a restart the log ends too early: acknowledged commits would be gone. So what the new file lacks is copied from the
/// old one.
/// </summary>
/// <remarks>
/// What was found whole is not read again while neither file has changed: the more changes of primary there were, the more forks there are, and a
/// promotion waits for this. Thread-safe.
/// </remarks>
internal sealed class ForkSegments(Layout layout)
{
    private const int CopyBytes = 1 << 20;
    private const int TimelineDigits = 8;
    private const ulong SmallestSegment = 1 << 20;
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Pair> _whole = [];

    /// <summary>
    /// Makes whole what there is of each fork. Nothing may be receiving; the server may run or not: what is written is what belongs there, and what was
    /// whole is not touched.
    /// </summary>
    /// <returns>What was made whole, for people; empty, as nearly always: nothing had to be.</returns>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public ImmutableArray<string> MakeWhole()
    {
        lock (_gate)
        {
            return MakeWholeAlone();
        }
    }

    private ImmutableArray<string> MakeWholeAlone()
    {
        var segments = Directory.EnumerateFiles(layout.Log).Where(IsSegment).ToLookup(
            path => uint.Parse(Path.GetFileName(path)[..TimelineDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        var mended = ImmutableArray.CreateBuilder<string>();
        // One that was cut off is shorter; one that the server recycles meanwhile is not there any more.
        if ((ulong)segments.SelectMany(group => group).Select(LengthOf).DefaultIfEmpty().Max() is not (>= SmallestSegment and var bytes))
        {
            return [];
        }

        // Oldest first: a timeline that begins in the segment of its parent's beginning is copied from what was made whole.
        foreach (var timeline in segments.Select(group => group.Key).Order())
        {
            if (TimelineHistory.Read(layout, timeline) is { IsEmpty: false } history && Mend(history, bytes) is { } what)
            {
                mended.Add(what);
            }
        }

        return mended.ToImmutable();
    }

    private static bool IsSegment(string path) =>
        Path.GetFileName(path) is { Length: TimelineDigits + LogNames.SegmentDigits } name && name.All(char.IsAsciiHexDigitUpper);

    private string? Mend(ImmutableArray<TimelineStart> history, ulong bytes)
    {
        var (timeline, fork) = history[^1];
        var (number, length) = (fork.Value / bytes, (long)(fork.Value % bytes));
        var younger = PathOf(timeline, number, bytes);
        using var reader = new LogReader(layout, (int)bytes, history[..^1]);
        // Of the timelines before it, the newest that has the segment: one that was left at once has none of its own.
        if (length == 0 || reader.SegmentPath(number) is not { } older || LengthOf(younger) != (long)bytes || LengthOf(older) != (long)bytes)
        {
            return null;
        }

        // Of before the reading: what is written meanwhile makes them others.
        var pair = new Pair(Native.Stamp(younger), older, Native.Stamp(older), fork);
        if (_whole.TryGetValue(timeline, out var known) && known == pair)
        {
            return null;
        }

        try
        {
            if (SamePart(younger, older, length))
            {
                _whole[timeline] = pair;
                return null;
            }

            if (!ReachesFork(reader, bytes, fork))
            {
                return null;
            }

            Copy(older, younger, length);
        }
        catch (FileNotFoundException)
        {
            return null; // Recycled just now: the server has no more use for it.
        }

        return $"the log before timeline {timeline}, up to {fork}, had been received again in part only: {Path.GetFileName(younger)} was made whole from " +
            Path.GetFileName(older);
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private string PathOf(uint timeline, ulong number, ulong bytes) =>
        Path.Combine(layout.Log, LogNames.Timeline(timeline) + LogNames.Segment(number, bytes));

    private static bool SamePart(string one, string other, long length)
    {
        using var left = Open(one, FileAccess.Read);
        using var right = Open(other, FileAccess.Read);
        var (first, second) = (new byte[CopyBytes], new byte[CopyBytes]);
        for (long at = 0; at < length; at += CopyBytes)
        {
            var part = (int)Math.Min(CopyBytes, length - at);
            left.ReadExactly(first, 0, part);
            right.ReadExactly(second, 0, part);
            if (!first.AsSpan(0, part).SequenceEqual(second.AsSpan(0, part)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The old timeline's own files have each record up to the fork, by their sums: then they are what belongs there.</summary>
    private static bool ReachesFork(LogReader reader, ulong bytes, Lsn fork)
    {
        var segment = fork.Value / bytes * bytes;
        // A record may have begun in the segment before.
        var from = (segment >= bytes ? reader.FirstRecord(segment - bytes) : null) ?? reader.FirstRecord(segment);
        return from is { } start && start <= fork && reader.Walk(start, (end, _) => end <= fork.Value, CancellationToken.None) == fork;
    }

    private static void Copy(string from, string to, long length)
    {
        using var source = Open(from, FileAccess.Read);
        using var target = Open(to, FileAccess.Write);
        var buffer = new byte[CopyBytes];
        for (var left = length; left > 0;)
        {
            var part = (int)Math.Min(CopyBytes, left);
            source.ReadExactly(buffer, 0, part);
            target.Write(buffer, 0, part);
            left -= part;
        }

        target.Flush(flushToDisk: true);
    }

    private static FileStream Open(string path, FileAccess access) =>
        new(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    /// <summary>Two files that were the same up to the fork.</summary>
    private sealed record Pair(FileStamp? Younger, string OlderPath, FileStamp? Older, Lsn Fork);
}
