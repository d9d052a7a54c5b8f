using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>
/// A standby whose pages are of a later point than its log reaches, as <c>pg_rewind</c> leaves it: it takes the pages first, and says last how
/// far the source is by then. The server does not let anybody in before it has received the rest, so it has to be told from whom at its start.
/// </summary>
internal static class PagesAhead
{
    /// <summary>What is missing and the forks that lead there (empty: a history file is missing). Null: nothing is.</summary>
    private static (LogPosition Needed, ImmutableArray<TimelineStart> History)? Find(Layout layout, ControlFile control, LogEnd? end) =>
        control.MinimumRecovery.Lsn == Lsn.Zero || end is null || end.Position.Lsn >= control.MinimumRecovery.Lsn
            ? null
            : (control.MinimumRecovery, TimelineHistory.Read(layout, control.MinimumRecovery.Timeline) ?? []);

    /// <summary>Where such a log ends is no position that the member could be counted on with: the server cannot use it.</summary>
    public static EngineView AddTo(EngineView view, Layout layout, ControlFile control, LogEnd? end) =>
        view.Role == MemberRole.Standby && Find(layout, control, end) is { } found
            ? view with { Lacks = found.Needed, History = found.History, Position = null }
            : view;
}
