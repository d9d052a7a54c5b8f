using System.Diagnostics;
using Holdfast.Verification.Results;
using Holdfast.Verification.Tests.Servers;

namespace Holdfast.Verification.Tests.Load;

[Trait("Speed", "Slow")]
public sealed class LoadTests
{
    private const string Churn = """
        \set id random(1, 20)
        BEGIN;
        INSERT INTO queue (id, v) VALUES (:id, random()) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
        COMMIT;
        DELETE FROM queue WHERE id = :id;
        UPDATE bare SET v = v + 1 WHERE k = :id;
        SELECT nextval('ticket');
        BEGIN; UPDATE hot SET v = v + 1; UPDATE queue SET v = 0 WHERE id = :id; ROLLBACK;
        UPDATE hot SET v = v + 1;
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_load_nothing_is_reported_but_what_was_planted_at_the_standby(bool synchronous)
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await PgBenchAsync(primary, "-i", "-s", "1", "-q");
        await primary.ExecuteAsync("""
            create table queue (id int primary key, v float8); create table bare (k int, v int); insert into bare select g, 0 from generate_series(1, 20) g;
            create sequence ticket; create table hot (v int); insert into hot values (0);
            create table needles (id int primary key, t text); insert into needles select g, 'needle-' || g || '-intact' from generate_series(1, 5000) g;
            """);
        // What is read for the first time is written anew, and would mend the standby on the way.
        await primary.ExecuteAsync("vacuum (freeze) needles");
        await primary.ExecuteAsync("checkpoint");
        var standby = await lab.StandbyAsync(primary);
        await primary.ReplayedAsync(standby);
        var file = await standby.FileOfAsync("needles");
        await standby.StopAsync();
        await PgServer.RunAsync($"{PgServer.Bin}/pg_checksums", "--disable", "-D", standby.Data);
        Bytes.Replace(file, "needle-2500-intact", "needle-2500-broken");
        await standby.StartAsync();
        if (synchronous)
        {
            await primary.ExecuteAsync("alter system set synchronous_standby_names = '*'");
            await primary.ExecuteAsync("select pg_reload_conf()");
        }

        var script = Path.Combine(lab.Root, "churn.sql");
        await File.WriteAllTextAsync(script, Churn);
        using var stop = new CancellationTokenSource();
        Task[] load = [BusyAsync(primary, stop.Token, "-b", "tpcb-like", "-c", "3"), BusyAsync(primary, stop.Token, "-f", script, "-c", "3")];
        try
        {
            await Eventually.TrueAsync(
                async () => await primary.AskAsync("select count(*) > 50 from pgbench_history") == "True", TimeSpan.FromSeconds(30), () => "there is no load");
            for (var run = 0; run < 3; run++)
            {
                var result = await Lab.VerifyAsync(primary, standby);
                Lab.Found(result).ShouldBe(["ChangedValue public.needles id=2500 [t]"]);
                result.Undecided.ShouldBeEmpty();
                result.Rechecked.ShouldBeGreaterThan(0, "nothing was written meanwhile: this shows nothing");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    [Fact]
    public async Task A_standby_that_does_not_replay_cannot_be_compared_and_the_message_says_how_far_it_is_behind()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync("create table t (i int primary key)");
        var standby = await lab.StandbyAsync(primary);
        await primary.ReplayedAsync(standby);
        await standby.ExecuteAsync("select pg_wal_replay_pause()");
        await primary.ExecuteAsync("insert into t select generate_series(1, 1000)");
        var fault = await Should.ThrowAsync<Targets.VerifyException>(
            () => Lab.VerifyAsync(Lab.Fast with { CatchUp = TimeSpan.FromSeconds(1) }, [primary, standby]));
        fault.Fault.ShouldBe(Targets.VerifyFault.NotComparable);
        fault.Message.ShouldMatch(@"^s is at 0/\w+ and does not get to 0/\w+, which p showed 1 s ago \(\d+ bytes\)");
    }

    private static Task PgBenchAsync(PgServer server, params string[] arguments) => PgServer.RunAsync($"{PgServer.Bin}/pgbench", [.. arguments, .. server.Connection]);

    /// <summary>Runs pgbench until told to stop; it must not have failed by itself.</summary>
    private static async Task BusyAsync(PgServer server, CancellationToken stop, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo($"{PgServer.Bin}/pgbench", [.. arguments, "-n", "-T", "600", .. server.Connection])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(stop);
            throw new InvalidOperationException($"the load ended by itself: {await errors}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await Task.WhenAll(process.WaitForExitAsync(), errors, output);
        }
    }
}
