using System.Net.Sockets;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

[Trait("Speed", "Slow")]
public class LossLimitTests
{
    private const string Slots =
        "SELECT coalesce(string_agg(database || ' ' || slot_type, ',' ORDER BY database), '') FROM pg_replication_slots WHERE slot_type = 'logical'";

    [Fact]
    public async Task Slots_come_and_go_with_databases_and_never_pass_what_the_other_site_has()
    {
        await using var disaster = await Disaster.StartAsync(group => group.ExecuteAsync("a", "CREATE DATABASE one"));
        var group = disaster.Group;
        (await group.AskAsync("a", Slots)).ShouldBe("one logical,postgres logical");
        await group.ExecuteAsync("a", "CREATE DATABASE two");
        await group.ExecuteAsync("a", "DROP DATABASE one");
        await group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        var confirmed = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (2)");
        await disaster.Old.KeepDecodableAsync(confirmed, group.Token);
        (await group.AskAsync("a", Slots)).ShouldBe("postgres logical,two logical");
        const string Confirmed = "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE database = 'postgres'";
        Lsn.Parse((await group.AskAsync("a", Confirmed))!).ShouldBe(confirmed);
        await disaster.Old.KeepDecodableAsync(Lsn.Zero, group.Token);
        Lsn.Parse((await group.AskAsync("a", Confirmed))!).ShouldBe(confirmed);
        var refusal = await Should.ThrowAsync<EngineException>(() => disaster.New.KeepDecodableAsync(confirmed, group.Token));
        refusal.Message.ShouldContain("not a primary");
    }

    [Fact]
    public async Task A_slot_that_had_to_let_go_of_its_log_is_made_anew_and_the_report_says_from_where_on_it_can_tell()
    {
        await using var disaster = await Disaster.StartAsync(group => group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY)"));
        var group = disaster.Group;
        await group.ExecuteAsync("a", "ALTER SYSTEM SET max_slot_wal_keep_size = '0'");
        await group.ExecuteAsync("a", "ALTER SYSTEM SET wal_keep_size = '0'");
        await group.ExecuteAsync("a", "SELECT pg_reload_conf()");
        await group.ExecuteAsync("a", "SELECT pg_switch_wal(); INSERT INTO t VALUES (1); SELECT pg_switch_wal(); INSERT INTO t VALUES (2)");
        await disaster.AwaitArrivalAsync();
        const string Lost = "SELECT count(*)::text FROM pg_replication_slots WHERE slot_type = 'logical' AND wal_status = 'lost'";
        while (await group.AskAsync("a", Lost) != "1")
        {
            await group.ExecuteAsync("a", "CHECKPOINT");
        }

        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (3)");
        await disaster.Old.KeepDecodableAsync(Lsn.Zero, group.Token);
        (await group.AskAsync("a", Lost)).ShouldBe("0");
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (4)");
        await disaster.StrikeAsync();
        var (report, lost) = await disaster.ReturnAsync();
        report.IsComplete.ShouldBeFalse();
        report.IsDecoded.ShouldBeTrue();
        report.Gaps.ShouldHaveSingleItem().ShouldStartWith("database postgres: its slot kept the log from ");
        lost.Select(one => one.Changes.Count).ShouldBe([0, 1]);
        lost[^1].Changes[0].New[0].Text.ShouldBe("4");
    }

    [Theory]
    [InlineData(false, "database postgres: it had no slot yet from which it could be decoded; the salvaged log is kept")]
    [InlineData(true, "database postgres: its slot kept the log from ")]
    public async Task What_cannot_be_decoded_is_said_and_the_transactions_are_listed_all_the_same(bool late, string gap)
    {
        await using var disaster = await Disaster.StartAsync(
            group => group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY)"), keepDecodable: false);
        var group = disaster.Group;
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");
        if (late)
        {
            await disaster.Old.KeepDecodableAsync(Lsn.Zero, group.Token);
        }

        await group.ExecuteAsync("a", "INSERT INTO t VALUES (2); CREATE TABLE u (id int)");
        await disaster.StrikeAsync();
        var (report, lost) = await disaster.ReturnAsync(disaster.Fork.Lsn);
        report.IsComplete.ShouldBeFalse();
        report.Gaps.ShouldHaveSingleItem().ShouldStartWith(gap);
        lost.Select(one => one.Changes.Count).ShouldBe([0, late ? 1 : 0]);
        lost.ShouldAllBe(one => one.Transaction.Acknowledged == Acknowledgement.No);
        report.IsDecoded.ShouldBe(late);
        lost.Select(one => one.Transaction.ChangedCatalog).ShouldBe([false, true]);
        report.FirstCommit.ShouldBe(lost[0].Transaction.At);
        await disaster.New.CheckpointAsync(group.Token);
        await disaster.Old.RewindAsync("b", disaster.Fork, TestGroup.NoProgress, group.Token);
    }

    [Fact]
    public async Task Without_room_nothing_is_decoded_the_log_is_kept_and_old_reports_go_first()
    {
        await using var disaster = await Disaster.StartAsync(
            group => group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY)"), spec => spec with { SalvageReserveMebibytes = 1 << 30 });
        var group = disaster.Group;
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");
        await disaster.StrikeAsync();
        var salvage = group.Spec("a").Data + ".holdfast/salvage";
        var (told, untold) = (Path.Combine(salvage, "000001-1-0_1-to-1-0_2"), Path.Combine(salvage, "000002-1-0_3-to-1-0_4"));
        foreach (var directory in new[] { told, untold })
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "manifest.json"), "{}", group.Token);
            await File.WriteAllTextAsync(Path.Combine(directory, "000000010000000000000001"), "log", group.Token);
        }

        LossFiles.Write(told, new LossReport
        {
            Id = Path.GetFileName(told),
            Store = "orders",
            Member = "a",
            SystemId = "1",
            From = "",
            To = "",
            MadeAt = "",
            IsDecoded = true,
            IsComplete = true,
        });
        var (report, lost) = await disaster.ReturnAsync();
        report.IsDecoded.ShouldBeFalse();
        report.Gaps.ShouldHaveSingleItem().ShouldContain("'salvage-reserve'");
        lost.ShouldHaveSingleItem();
        Directory.Exists(told).ShouldBeFalse("all that its log could tell was told, so it went first");
        Directory.Exists(untold).ShouldBeTrue();
        Directory.EnumerateFiles(Path.Combine(salvage, report.Id)).ShouldContain(file => Path.GetFileName(file) == "000000010000000000000003");
    }

    [Fact]
    public async Task Nobody_reaches_a_server_that_is_decoded_and_one_left_by_a_killed_agent_is_ended_by_the_next()
    {
        await using var disaster = await Disaster.StartAsync(group => group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY)"));
        var group = disaster.Group;
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");
        await disaster.StrikeAsync();
        var spec = group.Spec("a");
        var layout = new Layout(spec);
        var salvaged = await disaster.Old.SalvageAsync(disaster.Fork, group.Token);

        // As far as an agent comes that is killed in the middle of decoding.
        AtomicFile.Write(layout.DecodingMarker, Path.GetFileName(salvaged.Directory) + "\n");
        var left = await IsolatedServer.StartAsync(
            layout, new Binaries((PostgreSqlSpec)group.Store.Engine, layout), TimeProvider.System, 1 << 20, group.Token);
        var pid = group.PostmasterPid("a");
        using (var socket = new TcpClient())
        {
            await Should.ThrowAsync<SocketException>(async () => await socket.ConnectAsync("127.0.0.1", spec.Address.Port, group.Token));
        }

        NetworkSocketsOf(pid).ShouldBeEmpty();
        File.GetUnixFileMode(layout.IsolatedDirectory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (var connection = await left.ConnectAsync("postgres", group.Token))
        {
            await using var write = new Npgsql.NpgsqlCommand("INSERT INTO public.t VALUES (2)", connection);
            (await Should.ThrowAsync<Npgsql.PostgresException>(() => write.ExecuteNonQueryAsync(group.Token))).SqlState.ShouldBe("25006");
        }

        var next = await group.RestartAgentAsync("a");
        var seen = await group.Eventually(next, view => view.Process == ProcessState.Stopped);
        seen.Main.ShouldBeNull("it is not the member's server, so nobody fences or follows it");
        (await next.SalvageAsync(disaster.Fork, group.Token)).ShouldBe(salvaged);
        PostgresProcesses.ServerProcesses(layout.Data).ShouldBeEmpty();
        var report = await disaster.DecodeAsync();
        report.IsComplete.ShouldBeTrue(string.Join("; ", report.Gaps));
        disaster.Read(report).ShouldHaveSingleItem().Changes.ShouldHaveSingleItem().New[0].Text.ShouldBe("1");
        PostgresProcesses.ServerProcesses(layout.Data).ShouldBeEmpty();
        await left.DisposeAsync();

        // A start goes before a server that is only there to be read.
        await using (await IsolatedServer.StartAsync(
            layout, new Binaries((PostgreSqlSpec)group.Store.Engine, layout), TimeProvider.System, 1 << 20, group.Token))
        {
            await next.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
            await group.Eventually(next, view => view.Process == ProcessState.Running);
        }

        (await next.ObserveAsync(group.Token)).Process.ShouldBe(ProcessState.Running);
    }

    [Fact]
    public async Task A_transaction_larger_than_memory_is_listed_whole()
    {
        await using var disaster = await Disaster.StartAsync(
            group => group.ExecuteAsync("a", "CREATE TABLE t (id int PRIMARY KEY, v text)"),
            spec => spec with { Parameters = spec.Parameters.Add("logical_decoding_work_mem", "64kB").Add("work_mem", "64kB") });
        var group = disaster.Group;
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        const int Rows = 100_000;
        const string Large = "INSERT INTO t SELECT i, repeat('v', 50) FROM generate_series(1, 100000) i";
        await using (var open = await StuckTransaction.BeginAsync(group, Large))
        {
            await group.ExecuteAsync("a", "INSERT INTO t VALUES (-1, 'committed before')");
            await open.CommitAsync(group);
        }

        await disaster.StrikeAsync();
        var (report, lost) = await disaster.ReturnAsync();
        report.IsComplete.ShouldBeTrue(string.Join("; ", report.Gaps));
        lost.Select(one => one.Transaction.Changes).ShouldBe([1, Rows]);
        lost[1].Changes.Select(change => int.Parse(change.New[0].Text!)).Order().ShouldBe(Enumerable.Range(1, Rows));
    }

    /// <summary>Sockets of TCP and UDP that a process holds, by what the kernel says.</summary>
    private static List<string> NetworkSocketsOf(int pid)
    {
        const int InodeColumn = 9;
        var inodes = ((string[])["tcp", "tcp6", "udp", "udp6"]).Where(table => File.Exists($"/proc/net/{table}"))
            .SelectMany(table => File.ReadLines($"/proc/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[InodeColumn])
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Directory.EnumerateFiles($"/proc/{pid}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")
                .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal) && inodes.Contains(target[8..^1])),
        ];
    }
}
