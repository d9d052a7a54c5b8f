using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.Facts;

namespace Holdfast.Engines.PostgreSql.Facts;

/// <summary>Looks at a primary several times a second: how much log it writes, and how far behind its standbys are.</summary>
internal sealed class ServerWatch(StatisticsSession session, ImmutableHashSet<string> members, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>A clone's own stream of log is no standby yet; of two sessions of one standby the older is dead.</summary>
    private const string Query = """
        SELECT pg_current_wal_insert_lsn()::text, (SELECT sum(xact_commit)::text FROM pg_stat_database),
          application_name::text, (extract(epoch FROM flush_lag) * 1000)::text, (extract(epoch FROM replay_lag) * 1000)::text,
          greatest(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn), 0)::text
        FROM (SELECT) AS once LEFT JOIN (
          SELECT DISTINCT ON (application_name) application_name, flush_lag, replay_lag, flush_lsn FROM pg_stat_replication
            WHERE state IN ('streaming', 'catchup') AND flush_lsn IS NOT NULL ORDER BY application_name, backend_start DESC) AS standby ON true
        """;

    private readonly List<Look> _looks = [];
    private readonly Dictionary<string, Seen> _standbys = new(StringComparer.Ordinal);

    /// <summary>Bytes a second, the highest over any one second; over the whole look, if that was shorter.</summary>
    public double PeakOfLog => Rates(look => look.Log.Value).DefaultIfEmpty(0).Max();

    /// <summary>Over the whole look.</summary>
    public double LogBytesPerSecond => Rate(_looks[0], _looks[^1], look => look.Log.Value);

    /// <summary>Over the whole look.</summary>
    public double CommitsPerSecond => Rate(_looks[0], _looks[^1], look => look.Commits);

    public double Seconds => time.GetElapsedTime(_looks[0].Asked, _looks[^1].Answered).TotalSeconds;

    public ImmutableArray<MeasuredStandby> Standbys =>
    [
        .. _standbys.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new MeasuredStandby(pair.Key, [.. pair.Value.Flushes], [.. pair.Value.Replays], [.. pair.Value.Bytes])),
    ];

    public async Task RunAsync(TimeSpan look, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await LookAsync(cancellationToken);
        do
        {
            await Task.Delay(Pause, time, cancellationToken);
            await LookAsync(cancellationToken);
        }
        while (time.GetElapsedTime(begun) < look);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var rows = await session.RowsAsync(Query, cancellationToken);
        _looks.Add(new Look(asked, time.GetTimestamp(), Lsn.Parse(rows[0][0]!), ulong.Parse(rows[0][1] ?? "0", CultureInfo.InvariantCulture)));
        foreach (var row in rows)
        {
            if (row[2] is not { } name || !members.Contains(name))
            {
                continue; // No standby at all, or a receiver that is not one of the store's members.
            }

            if (!_standbys.TryGetValue(name, out var seen))
            {
                _standbys.Add(name, seen = new Seen());
            }

            Add(seen.Flushes, row[3]);
            Add(seen.Replays, row[4]);
            Add(seen.Bytes, row[5]);
        }
    }

    private static void Add(List<double> values, string? text)
    {
        if (text is not null)
        {
            values.Add(Math.Max(0, double.Parse(text, CultureInfo.InvariantCulture)));
        }
    }

    private IEnumerable<double> Rates(Func<Look, ulong> of)
    {
        var first = 0;
        for (var last = 1; last < _looks.Count; last++)
        {
            // The shortest stretch that is at least a second long.
            while (first + 1 < last && time.GetElapsedTime(_looks[first + 1].Answered, _looks[last].Asked) >= Second)
            {
                first++;
            }

            if (time.GetElapsedTime(_looks[first].Answered, _looks[last].Asked) >= Second || last == _looks.Count - 1)
            {
                yield return Rate(_looks[first], _looks[last], of);
            }
        }
    }

    /// <summary>When between question and answer the server looked is not known; the longer time is taken, so that no rate is too high.</summary>
    private double Rate(Look from, Look to, Func<Look, ulong> of) =>
        of(to) <= of(from) ? 0 : (of(to) - of(from)) / time.GetElapsedTime(from.Asked, to.Answered).TotalSeconds;

    private sealed record Look(long Asked, long Answered, Lsn Log, ulong Commits);

    private sealed class Seen
    {
        public List<double> Flushes { get; } = [];
        public List<double> Replays { get; } = [];
        public List<double> Bytes { get; } = [];
    }
}
