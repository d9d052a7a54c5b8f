using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>Where the log of a stopped member ends, and the forks that lead there.</summary>
internal sealed record LogEnd(LogPosition Position, ImmutableArray<TimelineStart> History)
{
    /// <summary>What the files tell now: the control file's facts and, as <see cref="Find"/>, where the log ends.</summary>
    /// <exception cref="EngineException">The control file cannot be read.</exception>
    public static async Task<(ControlFile Control, LogEnd? End)> LookAsync(Layout layout, Binaries binaries)
    {
        var control = await ControlFile.ReadAsync(layout, binaries, CancellationToken.None);
        return (control, Find(layout, control, CancellationToken.None));
    }

    /// <summary>Null: the lineage is not known, because a history file is missing.</summary>
    public static LogEnd? Find(Layout layout, ControlFile control, CancellationToken cancellationToken)
    {
        var newest = TimelineHistory.NewestContinuation(layout, control.NewestTimeline);
        if (TimelineHistory.Read(layout, newest) is not { } history)
        {
            return null;
        }

        using var reader = new LogReader(layout, control.SegmentBytes, history);
        var end = reader.FindEnd(control.Checkpoint.Lsn, cancellationToken);
        var timeline = TimelineHistory.TimelineAt(history, end);
        return new LogEnd(new LogPosition(timeline, end), [.. history.TakeWhile(start => start.Timeline <= timeline)]);
    }
}
