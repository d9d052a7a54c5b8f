using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>How the archive fares, asked at most once a second: before PostgreSQL 15 each such question has a file written.</summary>
internal sealed class ArchiveObserver(ArchiveScript script, Layout layout, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long? _asked;
    private long? _failingSince;
    private (string? Archived, int Waiting) _before;
    private ArchiveView? _last;

    /// <summary>Null: the store has no archive, or the server is a standby.</summary>
    public async Task<ArchiveView?> LookAsync(LocalSession session, bool isPrimary, CancellationToken cancellationToken)
    {
        if (!script.IsFilled || !isPrimary)
        {
            (_asked, _failingSince, _last) = (null, null, null);
            return null;
        }

        if (_asked is { } asked && time.GetElapsedTime(asked) < Interval)
        {
            return _last;
        }

        var row = (await session.RowsAsync("""
            SELECT last_archived_wal, (coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false))::text
            FROM pg_stat_archiver
            """, cancellationToken))[0];
        var waiting = Waiting();
        var stuck = _asked is not null && waiting > 0 && _before.Waiting > 0 && row[0] == _before.Archived;
        _failingSince = waiting > 0 && (row[1] == "true" || stuck) ? _failingSince ?? time.GetTimestamp() : null;
        _before = (row[0], waiting);
        _asked = time.GetTimestamp();
        return _last = new ArchiveView(
            row[0], _failingSince is { } since ? time.GetElapsedTime(since) : null, waiting,
            AtomicFile.ReadOrNull(layout.ArchiveGap)?.Trim());
    }

    private int Waiting()
    {
        var status = Path.Combine(layout.Log, "archive_status");
        return Directory.Exists(status) ? Directory.EnumerateFiles(status, "*.ready").Count() : 0;
    }
}
