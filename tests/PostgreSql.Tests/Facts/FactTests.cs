using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql.Facts;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Facts;

[Trait("Speed", "Slow")]
public sealed class FactTests
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Figures_of_a_primary_follow_what_is_done_to_it()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group.ExecuteAsync("a", "CREATE TABLE load (t text)");
        var idle = await group["a"].MeasureAsync(Look, group.Token);
        idle.Problems.ShouldBeEmpty();
        idle.Server!.Connections.ShouldBe(0);
        idle.Server.RecentLogBytesPerSecond.ShouldBeLessThan(1 << 20);
        idle.Server.AverageSeconds.ShouldBeInRange(0.1, 120);
        double written;
        var transactions = 0;

        await using (var load = new Load(group, "a"))
        {
            await load.RunsAsync();
            var (before, start) = (await LogAsync(group, "a"), TimeProvider.System.GetTimestamp());
            var busy = await group["a"].MeasureAsync(Look, group.Token);
            written = await LogAsync(group, "a") - before;
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            transactions = load.Transactions;
            busy.Problems.ShouldBeEmpty();
            // One second cannot have more than all of them, nor the best one less than half of their mean.
            busy.Server!.RecentLogBytesPerSecond.ShouldBeInRange(0.5 * written / seconds, written);
            busy.Server.RecentLogBytesPerSecond.ShouldBeGreaterThan(5 * idle.Server.RecentLogBytesPerSecond);
            busy.Server.SizeBytes.ShouldBeGreaterThan(idle.Server.SizeBytes);
            busy.Server.Connections.ShouldBe(1);

            var standby = busy.Standbys.ShouldHaveSingleItem();
            standby.Member.ShouldBe("b");
            standby.Bytes.Length.ShouldBeGreaterThanOrEqualTo(4);
            standby.Flushes.ShouldAllBe(lag => lag >= 0 && lag < 60_000);
            standby.Flushes.Length.ShouldBeGreaterThan(0);
            standby.Replays.Length.ShouldBeGreaterThan(0);
        }

        // A session hands in its statistics before it disappears.
        while (await group.AskAsync("a", "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'INSERT INTO load%'") != "0")
        {
            await Task.Delay(5, group.Token);
        }

        // The averages are of all that was written and committed, in the time that they say.
        var after = (await group["a"].MeasureAsync(Look, group.Token)).Server!;
        ((after.LogBytesPerSecond * after.AverageSeconds) - (idle.Server.LogBytesPerSecond * idle.Server.AverageSeconds))
            .ShouldBeGreaterThanOrEqualTo(0.95 * written);
        ((after.CommitsPerSecond * after.AverageSeconds) - (idle.Server.CommitsPerSecond * idle.Server.AverageSeconds))
            .ShouldBeInRange(0.95 * transactions, (2 * transactions) + 500);
        after.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_standby_that_no_longer_takes_the_log_is_seen_to_fall_behind()
    {
        await using var group = await TestGroup.StartedAsync(3);
        var receiver = await group.AskAsync("b", "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walreceiver'");
        await TestGroup.RunAsync("kill", "-STOP", receiver!);
        try
        {
            var before = await LogAsync(group, "a");
            await group.ExecuteAsync("a", "CREATE TABLE load AS SELECT repeat('x', 500) AS t FROM generate_series(1, 8000)");
            var written = await LogAsync(group, "a") - before;
            var seen = await group["a"].MeasureAsync(Look, group.Token);
            seen.Standbys.Select(standby => standby.Member).ShouldBe(["b", "c"]);
            seen.Standbys[0].Bytes.ShouldAllBe(bytes => bytes >= 0.9 * written);
            seen.Standbys[1].Bytes[^1].ShouldBeLessThan(0.1 * written);
        }
        finally
        {
            await TestGroup.RunAsync("kill", "-CONT", receiver!);
        }
    }

    [Fact]
    public async Task On_a_standby_and_without_a_server_the_disk_alone_is_measured()
    {
        await using var group = await TestGroup.StartedAsync(2);
        var standby = await group["b"].MeasureAsync(Look, group.Token);
        standby.Server.ShouldBeNull();
        standby.Standbys.ShouldBeEmpty();
        standby.Problems.ShouldBeEmpty();
        standby.Flushes.Length.ShouldBeInRange(1, FlushMeter.MostSamples);

        await group["b"].StopAsync(StopMode.Immediate, group.Token);
        var stopped = await group["b"].MeasureAsync(Look, group.Token);
        stopped.Server.ShouldBeNull();
        stopped.Problems.ShouldHaveSingleItem().ShouldContain("the server of b does not answer");
        stopped.Flushes.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task The_average_of_a_new_primary_is_of_the_time_in_which_it_was_one()
    {
        await using var group = await TestGroup.StartedAsync(2);
        await group.ExecuteAsync("a", "CREATE TABLE load AS SELECT repeat('x', 500) AS t FROM generate_series(1, 2000)");
        // The time of a promotion is known to the second.
        while (await group.AskAsync("b", "SELECT (clock_timestamp() - stats_reset > '1500 ms')::text FROM pg_stat_wal") != "true")
        {
            await Task.Delay(20, group.Token);
        }

        await group["a"].StopAsync(StopMode.Immediate, group.Token);
        await group["b"].DetachAsync(group.Token);
        await group["b"].SetSyncAsync(SyncRule.None, group.Token);
        var promoted = TimeProvider.System.GetTimestamp();
        await group["b"].PromoteAsync(group.Token);
        var since = await LogAsync(group, "b");
        await group.ExecuteAsync("b", "INSERT INTO load SELECT * FROM load");
        var written = await LogAsync(group, "b") - since;

        var seen = await group["b"].MeasureAsync(Look, group.Token);
        seen.Server!.AverageSeconds.ShouldBeLessThanOrEqualTo(TimeProvider.System.GetElapsedTime(promoted).TotalSeconds + 1);
        (seen.Server.LogBytesPerSecond * seen.Server.AverageSeconds).ShouldBeGreaterThanOrEqualTo(written);
        seen.Problems.ShouldHaveSingleItem().ShouldContain("before it became the primary");
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_for_a_frozen_server_need_not_wait_for_it()
    {
        await using var group = new TestGroup(1);
        await group.StartPrimaryAsync("a");
        string[] processes = [.. PostgresProcesses.ServerProcesses(group.Spec("a").Data).Select(pid => pid.ToString(CultureInfo.InvariantCulture))];
        await TestGroup.RunAsync("kill", ["-STOP", .. processes]);
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            var start = TimeProvider.System.GetTimestamp();
            await Should.ThrowAsync<OperationCanceledException>(() => group["a"].MeasureAsync(Look, deadline.Token));
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(3));
        }
        finally
        {
            await TestGroup.RunAsync("kill", ["-CONT", .. processes]);
        }
    }

    [Fact]
    public async Task The_session_can_look_at_statistics_and_at_nothing_else()
    {
        await using var group = new TestGroup(1);
        await group.StartPrimaryAsync("a");
        await group.ExecuteAsync("a", "CREATE TABLE secrets (t text)");
        await using var session = new StatisticsSession(new Layout(group.Spec("a")), TimeSpan.FromSeconds(5));
        (await session.RowAsync("SELECT current_user::text", group.Token)).ShouldBe(["pg_monitor"]);
        foreach (var sql in (string[])["SELECT t FROM public.secrets", "SELECT rolpassword FROM pg_authid", "CREATE TABLE public.t ()"])
        {
            (await Should.ThrowAsync<PostgresException>(() => session.RowsAsync(sql, group.Token))).SqlState.ShouldBeOneOf("42501", "25006");
        }
    }

    private static async Task<double> LogAsync(TestGroup group, string member) => double.Parse(
        (await group.AskAsync(member, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text"))!, CultureInfo.InvariantCulture);

    /// <summary>One client that writes in short transactions until it is disposed.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _writing;

        public Load(TestGroup group, string member) => _writing = WriteAsync(group, member);

        public int Transactions { get; private set; }

        public async Task RunsAsync() => await await Task.WhenAny(_first.Task, _writing);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _writing;
            _stop.Dispose();
        }

        private async Task WriteAsync(TestGroup group, string member)
        {
            await using var connection = await group.ConnectAsync(member);
            await using var command = new NpgsqlCommand("INSERT INTO load SELECT repeat('x', 500) FROM generate_series(1, 500)", connection);
            while (!_stop.IsCancellationRequested)
            {
                await command.ExecuteNonQueryAsync(group.Token);
                Transactions++;
                _first.TrySetResult();
            }
        }
    }
}
