using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Hosting;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Server;

public class LifecycleTests
{
    private static readonly StartSpec Alone = new(MemberRole.Primary, SyncRule.None, true);

    [Fact]
    public async Task The_end_of_the_server_is_news_at_once()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        var exited = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        a.Exited += () => exited.TrySetResult(TimeProvider.System.GetTimestamp());
        var start = TimeProvider.System.GetTimestamp();
        await TestGroup.RunAsync("kill", "-9", group.PostmasterPid("a").ToString());
        var news = await exited.Task.WaitAsync(TimeSpan.FromSeconds(60));
        TimeProvider.System.GetElapsedTime(start, news).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        (await a.ObserveAsync(group.Token)).Process.ShouldBe(ProcessState.Stopped);
    }

    [Fact]
    public async Task What_a_killed_server_leaves_behind_does_not_answer_on()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        var endless = group.AskAsync("a", "do $$ begin loop null; end loop; end $$");
        (await UntilAsync(async () => await group.AskAsync(
            "a", "select count(*)::text from pg_stat_activity where query like 'do $$%' and state = 'active'") == "1")).ShouldBeTrue();
        PostgresProcesses.ServerProcesses(group.Spec("a").Data).ShouldNotBeEmpty();
        await TestGroup.RunAsync("kill", "-9", group.PostmasterPid("a").ToString());
        (await UntilAsync(() => Task.FromResult(PostgresProcesses.ServerProcesses(group.Spec("a").Data).Count == 0))).ShouldBeTrue();
        await Should.ThrowAsync<Exception>(() => endless);
        await a.StartAsync(Alone, group.Token);
    }

    [Fact]
    public async Task A_new_agent_finds_the_running_server_and_hears_of_its_end()
    {
        await using var group = new TestGroup(1);
        var first = await group.StartPrimaryAsync("a");
        var before = await first.ObserveAsync(group.Token);
        var started = await group.AskAsync("a", "SELECT pg_postmaster_start_time()::text");
        var second = await group.RestartAgentAsync("a");
        var after = await group.Eventually(second, view => view.Process == ProcessState.Running);
        after.RunId.ShouldBe(before.RunId);
        await second.StartAsync(Alone, group.Token);
        (await group.AskAsync("a", "SELECT pg_postmaster_start_time()::text")).ShouldBe(started);
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        second.Exited += () => exited.TrySetResult();
        await TestGroup.RunAsync("kill", "-9", group.PostmasterPid("a").ToString());
        await exited.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_server_that_runs_and_admits_no_session_says_why()
    {
        await using var group = new TestGroup(1);
        await group.StartPrimaryAsync("a");
        var map = Path.Combine(group.Spec("a").Data, "global", "pg_filenode.map");
        File.Move(map, map + ".away");
        var again = await group.RestartAgentAsync("a");
        var seen = await group.Eventually(again, view => view.Fault is not null);
        seen.Fault!.ShouldStartWith("the server admits no session: could not open file \"global/pg_filenode.map\"");
        seen.Fault.ShouldEndWith("server.log");
        File.Move(map + ".away", map);
        (await group.Eventually(again, view => view.Process == ProcessState.Running)).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_ends_while_it_starts_says_why()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        await TestGroup.RunAsync("kill", "-9", group.PostmasterPid("a").ToString());
        (await group.Eventually(a, view => view.Process == ProcessState.Stopped)).Fault.ShouldBeNull();
        Directory.Delete(Path.Combine(group.Spec("a").Data, "pg_replslot"), recursive: true);
        await a.StartAsync(Alone, group.Token);
        var seen = await group.Eventually(a, view => view is { Process: ProcessState.Stopped, Fault: not null });
        seen.Fault!.ShouldContain("could not open directory \"pg_replslot\"");
        seen.Fault.ShouldEndWith("server.log");
    }

    [Fact]
    public async Task Backends_that_outlive_a_killed_server_are_ended_before_the_next_start()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        await using var connection = await group.ConnectAsync("a");
        await using var command = new Npgsql.NpgsqlCommand("SELECT count(*) FROM generate_series(1, 1000000000)", connection);
        var busy = command.ExecuteScalarAsync(group.Token);
        var orphan = connection.ProcessID;
        await using (var watching = await group.ConnectAsync("a"))
        {
            // One that has not begun to read the query ends with its server, as an idle one does.
            await using var state = new Npgsql.NpgsqlCommand($"SELECT state FROM pg_stat_activity WHERE pid = {orphan}", watching);
            await group.Eventually(a, _ => state.ExecuteScalar() is "active");
        }

        // An agent that is there would end them at once.
        await a.DisposeAsync();
        var main = group.PostmasterPid("a");
        await TestGroup.RunAsync("kill", "-9", main.ToString());
        (await UntilAsync(() => Task.FromResult(ProcFs.StartTicks(main) is null))).ShouldBeTrue();
        a = await group.RestartAgentAsync("a");
        await group.Eventually(a, view => view.Process == ProcessState.Stopped);
        ProcFs.StartTicks(orphan).ShouldNotBeNull("a busy backend does not notice that its server is gone");
        await a.StartAsync(Alone, group.Token);
        PostgresProcesses.ServerProcesses(group.Spec("a").Data).ShouldNotContain(orphan);
        // The kernel may still be at taking away what is left of it.
        await group.Eventually(a, _ => ProcFs.StartTicks(orphan) is null);
        await Should.ThrowAsync<Npgsql.NpgsqlException>(() => busy);
        await group.Eventually(a, view => view.Process == ProcessState.Running);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_frozen_server_is_unresponsive_and_can_still_be_stopped()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        var pids = PostgresProcesses.ServerProcesses(group.Spec("a").Data);
        await TestGroup.RunAsync("kill", ["-STOP", .. pids.Select(pid => pid.ToString())]);
        var start = TimeProvider.System.GetTimestamp();
        (await a.ObserveAsync(group.Token)).Process.ShouldBe(ProcessState.Unresponsive);
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(3));
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await a.StopAsync(StopMode.Fast, deadline.Token);
        PostgresProcesses.ServerProcesses(group.Spec("a").Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var group = new TestGroup(1);
        var a = await group.SeedAsync("a");
        using var listener = new TcpListener(IPAddress.Loopback, group.Spec("a").Address.Port);
        listener.Start();
        var fault = await Should.ThrowAsync<EngineException>(() => a.StartAsync(Alone, group.Token));
        fault.Message.ShouldContain("port is taken");
        (await a.ObserveAsync(group.Token)).Fault.ShouldNotBeNull().ShouldContain("port is taken");
        listener.Stop();
        await a.StartAsync(Alone, group.Token);
        (await group.Eventually(a, view => view.Process == ProcessState.Running)).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_directory_that_is_not_PostgreSQLs_is_never_touched()
    {
        await using var group = new TestGroup(2);
        var file = Path.Combine(Directory.CreateDirectory(group.Spec("a").Data).FullName, "thesis.txt");
        await File.WriteAllTextAsync(file, "mine");
        var a = group["a"];
        var view = await a.ObserveAsync(group.Token);
        view.Data.ShouldBe(DataState.Foreign);
        view.DataProblem.ShouldNotBeNull().ShouldContain("not a PostgreSQL data directory");
        await Should.ThrowAsync<EngineException>(() => a.InitialiseAsync(TestGroup.NoProgress, group.Token));
        await Should.ThrowAsync<EngineException>(() => a.CloneAsync("b", TestGroup.NoProgress, group.Token));
        await Should.ThrowAsync<EngineException>(() => a.StartAsync(Alone, group.Token));
        (await File.ReadAllTextAsync(file)).ShouldBe("mine");
    }

    [Theory]
    [InlineData("9.6", "9.6")]
    [InlineData("99", "99")]
    [InlineData("16", "not installed")]
    public async Task Data_of_another_major_version_is_foreign_with_a_remedy(string version, string says)
    {
        Assert.SkipWhen(version == "16" && Directory.Exists("/usr/lib/postgresql/16"), "PostgreSQL 16 is installed here");
        await using var group = new TestGroup(1);
        var a = await group.SeedAsync("a");
        await File.WriteAllTextAsync(Path.Combine(group.Spec("a").Data, "PG_VERSION"), version + "\n");
        var view = await a.ObserveAsync(group.Token);
        view.Data.ShouldBe(DataState.Foreign);
        view.DataProblem.ShouldNotBeNull().ShouldContain(says);
        (await Should.ThrowAsync<EngineException>(() => a.StartAsync(Alone, group.Token))).Message.ShouldContain(says);
    }

    [Fact]
    public async Task An_interrupted_initialisation_is_recognised_and_made_anew()
    {
        await using var group = new TestGroup(1);
        var a = await group.SeedAsync("a");
        await File.WriteAllTextAsync(group.Spec("a").Data + ".holdfast/incomplete", "initialising\n");
        File.Delete(Path.Combine(group.Spec("a").Data, "global", "pg_control"));
        (await a.ObserveAsync(group.Token)).Data.ShouldBe(DataState.Incomplete);
        await Should.ThrowAsync<EngineException>(() => a.StartAsync(Alone, group.Token));
        await a.InitialiseAsync(TestGroup.NoProgress, group.Token);
        (await a.ObserveAsync(group.Token)).Data.ShouldBe(DataState.Present);
        await Should.ThrowAsync<EngineException>(() => a.InitialiseAsync(TestGroup.NoProgress, group.Token));
    }

    [Fact]
    public async Task The_end_of_the_log_of_a_killed_server_is_found_without_starting_it()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        await group.ExecuteAsync(
            "a", "CREATE TABLE t AS SELECT generate_series(1, 200000) n; SELECT pg_switch_wal(); INSERT INTO t VALUES (0)");
        var end = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await a.StopAsync(StopMode.Immediate, group.Token);
        var view = await group.Eventually(a, seen => seen.Position is not null);
        view.CleanShutdown.ShouldBeFalse();
        view.Role.ShouldBe(MemberRole.Primary);
        view.Position!.Value.Lsn.ShouldBeGreaterThanOrEqualTo(end);
        var dumped = await DumpAsync(group, end);
        dumped.ShouldContain($"{view.Position.Value.Lsn}");
    }

    private static Task<bool> UntilAsync(Func<Task<bool>> condition) =>
        Wait.UntilAsync(TimeProvider.System, Wait.Fine, TimeSpan.FromSeconds(60), condition, CancellationToken.None);

    /// <summary>pg_waldump names the place where it finds no further record, in its complaint.</summary>
    private static async Task<string> DumpAsync(TestGroup group, Lsn from)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/lib/postgresql/15/bin/pg_waldump",
            ["-p", Path.Combine(group.Spec("a").Data, "pg_wal"), "-s", new Lsn(from.Value / (16 << 20) * (16 << 20)).ToString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return await errors;
    }
}
