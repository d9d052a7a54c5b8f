using System.Diagnostics;
using Holdfast.Core.Planning.Physics;
using Holdfast.Harness;
using Holdfast.PlanBench.Delays;
using Holdfast.PlanBench.Servers;
using Npgsql;

namespace Holdfast.PlanBench.Trials;

/// <summary>
/// The latency of a commit, and what one connection makes of it, against the delay of the line. What the model is given is measured apart from what it
/// predicts: the disk by itself, a byte's way through the line and back, one from thread to thread and back, and a commit that waits for nobody, whose
/// rest is the primary's own work. The last two are measured at the pace of the line: who rested for a round trip must be woken, and his processor is
/// cold. All are measured by turns, so that a machine that is slower for a while is so for what the model is given too.
/// </summary>
internal sealed class CommitTrial(string binaries, string folder, Action<string> say)
{
    private const int Rounds = 7;
    private const int Warmup = 20;
    private const int Commits = 200;
    private const double Within = 0.3;
    private const string NobodyWaitedFor = "local";
    private static readonly TimeSpan LongestOfOne = TimeSpan.FromSeconds(1.2);
    /// <summary>Until the client's own code is compiled as well as it will be.</summary>
    private static readonly TimeSpan RunIn = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AttachDeadline = TimeSpan.FromSeconds(30);

    private static readonly (string Setting, CommitMode Mode)[] Modes =
        [("remote_write", CommitMode.RemoteWrite), ("on", CommitMode.On), ("remote_apply", CommitMode.RemoteApply)];

    public async Task<IReadOnlyList<Comparison>> RunAsync(IEnumerable<double> roundTrips)
    {
        await using var primary = await Server.CreateAsync(binaries, Path.Combine(folder, "commit-primary"));
        await primary.ExecuteAsync("create table t (id bigint generated always as identity, payload text)");
        await using var connection = new NpgsqlConnection(primary.Address());
        await connection.OpenAsync();
        await using var insert = new NpgsqlCommand("insert into t (payload) values ('x')", connection);
        await insert.PrepareAsync();
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < RunIn;)
        {
            await insert.ExecuteNonQueryAsync();
        }

        var found = new List<Comparison>();
        foreach (var roundTrip in roundTrips)
        {
            using var line = new Line(primary.Port, TimeSpan.FromMilliseconds(roundTrip / 2));
            await using var standby = await Server.FollowAsync(
                binaries, Path.Combine(folder, $"commit-standby-{roundTrip}"), primary, line.Port, "near");
            await AttachedAsync(primary);
            var (flushes, echoes, handovers) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
            var commits = Modes.Select(mode => mode.Setting).Append(NobodyWaitedFor).ToDictionary(setting => setting, _ => new List<TimeSpan>());
            for (var round = 0; round < Rounds; round++)
            {
                flushes.Add(DiskFlush.Measure(folder, times: 100));
                echoes.Add(Echo.Through(TimeSpan.FromMilliseconds(roundTrip / 2)));
                handovers.Add(Echo.Beside(TimeSpan.FromMilliseconds(roundTrip)));
                foreach (var (setting, times) in commits)
                {
                    await SetAsync(connection, setting);
                    times.AddRange(await MeasureAsync(insert, TimeSpan.FromMilliseconds(setting == NobodyWaitedFor ? roundTrip : 0)));
                }
            }

            var (flush, seen, handover, local) = (Medians.Of(flushes), Medians.Of(echoes), Medians.Of(handovers), Medians.Of(commits[NobodyWaitedFor]));
            var work = local > flush ? local - flush : TimeSpan.Zero;
            say($"line of {roundTrip} ms: a byte returns after {seen.TotalMilliseconds:0.00} ms; one beside it after {handover.TotalMilliseconds:0.00} ms; "
                + $"the disk takes {flush.TotalMilliseconds:0.00} ms, a commit that waits for nobody {local.TotalMilliseconds:0.00} ms");
            foreach (var (setting, mode) in Modes)
            {
                var measured = Medians.Of(commits[setting]);
                var predicted = CommitLatency.Of(
                    mode, flush, work, [new StandbyPath(seen, flush, handover)], quorum: 1);
                found.Add(new Comparison($"commit, {setting}, line of {roundTrip} ms", "ms", predicted.TotalMilliseconds, measured.TotalMilliseconds, Within));
                found.Add(new Comparison(
                    $"commits of one connection, {setting}, line of {roundTrip} ms", "/s", CommitLatency.PerConnection(predicted),
                    1 / measured.TotalSeconds, Within));
                say($"{setting} over {roundTrip} ms: predicted {predicted.TotalMilliseconds:0.00} ms, measured {measured.TotalMilliseconds:0.00} ms");
            }

            await primary.ExecuteAsync("alter system reset synchronous_standby_names");
            await primary.ExecuteAsync("select pg_reload_conf()");
        }

        return found;
    }

    private static async Task AttachedAsync(Server primary)
    {
        await primary.ExecuteAsync("alter system set synchronous_standby_names = 'ANY 1 (near)'");
        await primary.ExecuteAsync("select pg_reload_conf()");
        await Eventually.TrueAsync(
            async () => await primary.NumberAsync("select count(*) from pg_stat_replication where sync_state = 'quorum' and state = 'streaming'") == 1,
            AttachDeadline, () => "the standby does not stream");
    }

    private static async Task SetAsync(NpgsqlConnection connection, string setting)
    {
        await using var set = new NpgsqlCommand($"set synchronous_commit = {setting}", connection);
        await set.ExecuteNonQueryAsync();
    }

    /// <param name="rest">Between two commits.</param>
    private static async Task<List<TimeSpan>> MeasureAsync(NpgsqlCommand insert, TimeSpan rest)
    {
        var begun = Stopwatch.GetTimestamp();
        var times = new List<TimeSpan>();
        for (var commit = 0; commit < Warmup + Commits && (commit < 2 * Warmup || Stopwatch.GetElapsedTime(begun) < LongestOfOne); commit++)
        {
            PreciseWait.For(rest);
            var sent = Stopwatch.GetTimestamp();
            await insert.ExecuteNonQueryAsync();
            if (commit >= Warmup)
            {
                times.Add(Stopwatch.GetElapsedTime(sent));
            }
        }

        return times;
    }
}
