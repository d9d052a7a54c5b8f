using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>How the archive fares, asked at most once a second: before PostgreSQL 15 each such question has a file written.</summary>
internal sealed class ArchiveObserver(ArchiveScript script, Layout layout, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long? _asked;
    private long? _failingSince;
    /// <summary>It never changes in the life of a data directory.</summary>
    private long? _pieceBytes;
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
            SELECT last_archived_wal, (coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false))::text, failed_count::text
            FROM pg_stat_archiver
            """, cancellationToken))[0];
        var (waiting, oldest) = Waiting();
        var stuck = _asked is not null && waiting > 0 && _before.Waiting > 0 && row[0] == _before.Archived;
        _failingSince = waiting > 0 && (row[1] == "true" || stuck) ? _failingSince ?? time.GetTimestamp() : null;
        _before = (row[0], waiting);
        _asked = time.GetTimestamp();
        return _last = new ArchiveView(
            row[0], _failingSince is { } since ? time.GetElapsedTime(since) : null, waiting,
            AtomicFile.ReadOrNull(layout.ArchiveGap)?.Trim())
        {
            WaitingBytes = waiting * (_pieceBytes ??= await PieceBytesAsync(session, cancellationToken)),
            OldestWaitingFor = oldest,
            Failures = long.Parse(row[2]!, CultureInfo.InvariantCulture),
            LastError = _failingSince is null ? null : AtomicFile.ReadOrNull(layout.ArchiveFault) is { } fault ? BackRestRun.Short(fault.Trim()) : null,
        };
    }

    private static async Task<long> PieceBytesAsync(LocalSession session, CancellationToken cancellationToken) => long.Parse(
        (await session.RowsAsync("SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'", cancellationToken))[0][0]!,
        CultureInfo.InvariantCulture);

    /// <summary>How many pieces wait, and how long the oldest has done so.</summary>
    private (int Count, TimeSpan? Oldest) Waiting()
    {
        var status = new DirectoryInfo(Path.Combine(layout.Log, "archive_status"));
        var marks = status.Exists ? status.EnumerateFiles("*.ready").Select(file => file.LastWriteTimeUtc).ToList() : [];
        return (marks.Count, marks.Count == 0 ? null : TimeSpan.FromTicks(Math.Max(0, (time.GetUtcNow().UtcDateTime - marks.Min()).Ticks)));
    }
}
