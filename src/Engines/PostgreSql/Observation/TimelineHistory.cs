using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>
/// The forks that lead to a timeline. In a history file each line names a parent timeline and where it was left; a
/// <see cref="TimelineStart"/> names the child and where it began.
/// </summary>
internal static class TimelineHistory
{
    /// <summary>Null: the file is missing or damaged, so the lineage is not known.</summary>
    public static ImmutableArray<TimelineStart>? Read(Layout layout, uint timeline)
    {
        if (timeline == 1)
        {
            return [];
        }

        return AtomicFile.ReadOrNull(PathOf(layout, timeline)) is { } text ? Parse(text, timeline) : null;
    }

    public static string PathOf(Layout layout, uint timeline) => Path.Combine(layout.Log, $"{timeline:X8}.history");

    /// <summary>
    /// The newest timeline that continues <paramref name="timeline"/> and of which there is log here; itself when there is none. A history
    /// file alone may have been fetched about a timeline that was never followed.
    /// </summary>
    public static uint NewestContinuation(Layout layout, uint timeline)
    {
        var newest = timeline;
        foreach (var path in Directory.EnumerateFiles(layout.Log, "*.history"))
        {
            if (uint.TryParse(
                Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var other)
                && other > newest && Directory.EnumerateFiles(layout.Log, $"{other:X8}????????????????").Any()
                    && Read(layout, other) is { } history
                && (timeline == 1 || history.Any(start => start.Timeline == timeline)))
            {
                newest = other;
            }
        }

        return newest;
    }

    /// <summary>The timeline to which the byte before <paramref name="lsn"/> belongs, by this history.</summary>
    public static uint TimelineAt(ImmutableArray<TimelineStart> history, Lsn lsn)
    {
        uint timeline = 1;
        foreach (var start in history)
        {
            if (start.Fork < lsn)
            {
                timeline = start.Timeline;
            }
        }

        return timeline;
    }

    internal static ImmutableArray<TimelineStart>? Parse(string text, uint timeline)
    {
        var parents = new List<(uint Timeline, Lsn Left)>();
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0 || fields[0].StartsWith('#'))
            {
                continue;
            }

            if (fields.Length < 2 || !uint.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parent) ||
                !Lsn.TryParse(fields[1], out var left))
            {
                return null;
            }

            parents.Add((parent, left));
        }

        return [.. parents.Select(
            (parent, i) => new TimelineStart(i + 1 < parents.Count ? parents[i + 1].Timeline : timeline, parent.Left))];
    }
}
