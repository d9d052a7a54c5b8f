using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Facts;

/// <summary>What a primary's statistics say on average since they are kept.</summary>
/// <param name="LogBytesPerSecond">Null: this server keeps no statistics of its log.</param>
/// <param name="CommitsPerSecond">Null: they were counted on a standby too, so an average says nothing.</param>
/// <param name="Seconds">What <paramref name="LogBytesPerSecond"/> is the average of.</param>
internal sealed record Averages(double? LogBytesPerSecond, double? CommitsPerSecond, double Seconds)
{
    /// <summary>From here on there is <c>pg_stat_wal</c>.</summary>
    private const int FirstWithLogStatistics = 140000;

    /// <summary>Less is taken for this much, so that no rate is of an instant.</summary>
    private const double ShortestSeconds = 1;

    /// <summary>
    /// A database whose statistics nobody ever reset has no time of that; then they are as old as those of the whole server. When a timeline began is
    /// told by the file that its primary wrote then, to the second.
    /// </summary>
    private static string Query(string bytes, string began) => $"""
        SELECT {bytes},
          extract(epoch FROM clock_timestamp() - began.log)::text,
          (SELECT sum(xact_commit / greatest(extract(epoch FROM clock_timestamp() - coalesce(stats_reset, began.server)), 1))::text
             FROM pg_stat_database),
          left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), pg_current_wal_insert_lsn()::text,
          (SELECT extract(epoch FROM clock_timestamp() - modification)::text FROM pg_ls_waldir()
             WHERE name = left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || '.history')
        FROM (SELECT {began} AS log, least({began}, (SELECT stats_reset FROM pg_stat_bgwriter), (SELECT stats_reset FROM pg_stat_archiver)) AS server) AS began
        """;

    public static async Task<Averages> AskAsync(StatisticsSession session, int version, Layout layout, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(
            version >= FirstWithLogStatistics
                ? Query("(SELECT wal_bytes::text FROM pg_stat_wal)", "(SELECT stats_reset FROM pg_stat_wal)")
                : Query("NULL::text", "NULL::timestamptz"), cancellationToken);
        var began = Number(row[1]);
        var commits = Number(row[2]);
        var timeline = uint.Parse(row[3]!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (Number(row[5]) is { } promoted && (began is null || promoted < began) &&
            TimelineHistory.Read(layout, timeline) is [.., var start] && start.Timeline == timeline)
        {
            // It was a standby for a part of the time, and wrote no log of its own then: what it wrote since it is the primary is on its timeline.
            var seconds = Math.Max(promoted, ShortestSeconds);
            return new Averages(Lsn.Parse(row[4]!).BytesAhead(start.Fork) / seconds, null, seconds);
        }

        return began is { } age && Number(row[0]) is { } bytes
            ? new Averages(bytes / Math.Max(age, ShortestSeconds), commits, Math.Max(age, ShortestSeconds))
            : new Averages(null, commits, 0);
    }

    private static double? Number(string? text) => text is null ? null : double.Parse(text, CultureInfo.InvariantCulture);
}
