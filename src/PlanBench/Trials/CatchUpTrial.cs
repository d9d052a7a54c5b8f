using System.Diagnostics;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Harness;
using Holdfast.PlanBench.Delays;
using Holdfast.PlanBench.Servers;
using Npgsql;

namespace Holdfast.PlanBench.Trials;

/// <summary>How long a standby needs to catch up after its line was cut, while the primary goes on writing.</summary>
internal sealed class CatchUpTrial(string binaries, string folder, Action<string> say)
{
    private const double Within = 0.3;
    private static readonly ByteRate Carries = new(8e6);
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AttachDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CatchUpDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <param name="outage">How long the line is cut.</param>
    /// <param name="utilisation">Share of the line that the writing is to take.</param>
    public async Task<Comparison> RunAsync(TimeSpan outage, double utilisation)
    {
        await using var primary = await Server.CreateAsync(binaries, Path.Combine(folder, $"link-primary-{utilisation}"));
        await primary.ExecuteAsync("create table t (id bigint, payload bytea); alter table t alter payload set storage external");
        using var line = new Line(primary.Port, RoundTrip / 2, Carries);
        await using var standby = await Server.FollowAsync(binaries, Path.Combine(folder, $"link-standby-{utilisation}"), primary, line.Port, "far");
        await Eventually.TrueAsync(async () => await BehindAsync(primary) < 1e6, AttachDeadline, () => "the standby does not stream");

        using var stop = new CancellationTokenSource();
        var writing = WriteAsync(primary, Carries * utilisation, stop.Token);
        var (begun, from) = (Stopwatch.GetTimestamp(), await WrittenAsync(primary));
        line.Cut();
        await Task.Delay(outage);
        line.Mend();
        var (mended, cut) = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(begun));
        await Eventually.TrueAsync(async () => await BehindAsync(primary) < Slack.Bytes, CatchUpDeadline, () => "the standby does not catch up");
        var measured = Stopwatch.GetElapsedTime(mended);
        var log = new ByteRate((await WrittenAsync(primary) - from) / Stopwatch.GetElapsedTime(begun).TotalSeconds);
        await stop.CancelAsync();
        await writing;

        var capacity = Carries * LinkCapacity.ReplicationShare;
        var predicted = Backlog.CatchUp(cut, log, capacity) ?? throw new InvalidOperationException("more was written than the line carries; see the rates");
        say($"cut for {cut.TotalSeconds:0.0} s at {log.BytesPerSecond / 1e6:0.00} of {capacity.BytesPerSecond / 1e6:0.00} MB/s: "
            + $"predicted {predicted.TotalSeconds:0.0} s, measured {measured.TotalSeconds:0.0} s");
        return new Comparison(
            $"catch-up after {cut.TotalSeconds:0} s, ρ = {Backlog.Utilisation(log, capacity):0.00}", "s",
            predicted.TotalSeconds, measured.TotalSeconds, Within);
    }

    /// <summary>What is always on its way: the line's delay, and the pause between two looks.</summary>
    private static ByteCount Slack => Carries * (RoundTrip + (Tick * 2));

    private static Task<double> WrittenAsync(Server primary) => primary.NumberAsync("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')");

    private static Task<double> BehindAsync(Server primary) => primary.NumberAsync(
        "select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)), 1e15) from pg_stat_replication where application_name = 'far'");

    // As much as is due by now, whatever the last commit took: the rate is kept on average.
    private static async Task WriteAsync(Server primary, ByteRate rate, CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(primary.Address());
        await connection.OpenAsync(CancellationToken.None);
        await using var insert = new NpgsqlCommand("insert into t select g, $1 from generate_series(1, $2) g", connection);
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Payload });
        var rows = new NpgsqlParameter<int>();
        insert.Parameters.Add(rows);
        var begun = Stopwatch.GetTimestamp();
        var written = 0L;
        while (!stop.IsCancellationRequested)
        {
            var due = (long)(rate.BytesPerSecond * Stopwatch.GetElapsedTime(begun).TotalSeconds);
            rows.TypedValue = (int)((due - written) / Payload.Length);
            if (rows.TypedValue > 0)
            {
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                written += rows.TypedValue * (long)Payload.Length;
            }

            await Task.Delay(Tick, CancellationToken.None);
        }
    }

    private static readonly byte[] Payload = Filled();

    private static byte[] Filled()
    {
        var bytes = new byte[1900];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
