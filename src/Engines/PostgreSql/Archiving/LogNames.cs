using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>Names of files of log: a timeline, then the number of the segment, in hexadecimal.</summary>
internal static class LogNames
{
    public const long DefaultSegmentBytes = 16L << 20;
    /// <summary>Digits of a segment's number, after those of the timeline.</summary>
    public const int SegmentDigits = 16;

    public static string Segment(ulong number, ulong segmentBytes)
    {
        var perLog = 0x1_0000_0000UL / segmentBytes;
        return string.Create(CultureInfo.InvariantCulture, $"{number / perLog:X8}{number % perLog:X8}");
    }

    /// <summary>Null: it is not the name of a piece, but of a history, for example.</summary>
    public static (uint Timeline, ulong Number)? Parse(string name, ulong segmentBytes)
    {
        const int Half = 8;
        return name.Length == Half + SegmentDigits && Hex(0) is { } timeline && Hex(Half) is { } high && Hex(Half + Half) is { } low
            ? (timeline, (high * (0x1_0000_0000UL / segmentBytes)) + low) : null;

        uint? Hex(int at) =>
            uint.TryParse(name.AsSpan(at, Half), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    public static string Timeline(uint timeline) => timeline.ToString("X8", CultureInfo.InvariantCulture);
}

/// <summary>Which pieces of log belong to a history, so that no other log of the same name is read. Pure.</summary>
/// <param name="Ranges">Lines: timeline, first and last segment.</param>
/// <param name="Histories">What each timeline's history file must say, by timeline.</param>
internal sealed record FeedPlan(string Ranges, ImmutableSortedDictionary<uint, string> Histories)
{
    private static readonly string Last = new('F', LogNames.SegmentDigits);

    /// <param name="starts">The forks that lead to the newest timeline.</param>
    /// <param name="history">The text of the newest timeline's history file; each older one's is a beginning of it.</param>
    public static FeedPlan Make(ImmutableArray<TimelineStart> starts, string history, ulong segmentBytes)
    {
        var ranges = new StringBuilder();
        var histories = ImmutableSortedDictionary.CreateBuilder<uint, string>();
        uint timeline = 1;
        ulong first = 0;
        var line = 0;
        var ends = LineEnds(history);
        foreach (var start in starts)
        {
            // The segment in which a timeline begins holds the end of the one before, too: it is the younger one's.
            var fork = start.Fork.Value / segmentBytes;
            if (fork > first)
            {
                Append(ranges, timeline, LogNames.Segment(first, segmentBytes), LogNames.Segment(fork - 1, segmentBytes));
            }

            (timeline, first) = (start.Timeline, fork);
            histories[timeline] = history[..ends[line++]];
        }

        Append(ranges, timeline, LogNames.Segment(first, segmentBytes), Last);
        return new FeedPlan(ranges.ToString(), histories.ToImmutable());
    }

    private static void Append(StringBuilder text, uint timeline, string first, string last) =>
        text.Append($"{LogNames.Timeline(timeline)} {first} {last}\n");

    /// <summary>Where each line that says something ends, its line feed included.</summary>
    private static List<int> LineEnds(string text)
    {
        var ends = new List<int>();
        for (var start = 0; start < text.Length;)
        {
            var feed = text.IndexOf('\n', start);
            var end = feed < 0 ? text.Length : feed + 1;
            var line = text.AsSpan(start, end - start).Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                ends.Add(end);
            }

            start = end;
        }

        return ends;
    }
}
