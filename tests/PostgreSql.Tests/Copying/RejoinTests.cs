using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql.Facts;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Copying;

[Trait("Speed", "Slow")]
public class RejoinTests
{
    private static readonly LogPosition Anywhere = new(1, new Lsn(ulong.MaxValue));

    [Fact]
    public async Task A_deposed_primary_keeps_what_diverged_rewinds_and_follows()
    {
        await using var group = await DivergedAsync();
        var (a, b) = (group["a"], group["b"]);
        var fork = (await b.ObserveAsync(group.Token)).History[^1];
        var from = new LogPosition(1, fork.Fork);
        var report = await a.SalvageAsync(from, group.Token);
        report.To.Lsn.ShouldBeGreaterThan(fork.Fork);
        var kept = report.Directory.ShouldNotBeNull();
        var dump = await TestGroup.RunAsync(
            "sh", "-c", $"/usr/lib/postgresql/15/bin/pg_waldump -p {kept} -s {fork.Fork} 2>/dev/null || true");
        dump.ShouldContain("COMMIT");
        dump.ShouldContain("MESSAGE");
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(kept, "manifest.json")));
        manifest.RootElement.GetProperty("to").GetString().ShouldBe(report.To.ToString());
        foreach (var file in manifest.RootElement.GetProperty("files").EnumerateArray())
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(kept, file.GetProperty("name").GetString()!));
            bytes.LongLength.ShouldBe(file.GetProperty("bytes").GetInt64());
            Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(file.GetProperty("sha256").GetString());
        }

        (await a.SalvageAsync(from, group.Token)).Directory.ShouldBe(kept);
        Directory.EnumerateDirectories(Path.GetDirectoryName(kept)!).ShouldHaveSingleItem();

        await b.CheckpointAsync(group.Token);
        await a.RewindAsync("b", from, TestGroup.NoProgress, group.Token);
        await b.KeepLogForAsync(["a"], group.Token);
        // The source may have gone on after its log was copied: only a start that follows it at once is sure to answer.
        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true, "b"), group.Token);
        var back = await group.Eventually(a, view => view.Streaming && view.Position?.Timeline == 2);
        back.History.ToArray().ShouldBe([fork]);
        await group.SetRuleAsync("b", new SyncRule(["a"], 1));
        await b.ProbeCommitAsync(group.Token);
        (await group.AskAsync("a", "SELECT string_agg(n::text, ',' ORDER BY n) FROM t")).ShouldBe("1,3");
        (await a.ObserveAsync(group.Token)).PendingRestart.ShouldBeEmpty();
        File.Exists(kept + "/manifest.json").ShouldBeTrue();
    }

    [Fact]
    public async Task A_rewind_leaves_the_file_of_a_measurement_at_its_source_alone()
    {
        await using var group = await DivergedAsync();
        await group["b"].CheckpointAsync(group.Token);
        await File.WriteAllTextAsync(Path.Combine(group.Spec("b").Data, "pg_wal", FlushMeter.FileName), "in use", group.Token);
        await group["a"].RewindAsync("b", Anywhere, TestGroup.NoProgress, group.Token);
        File.Exists(Path.Combine(group.Spec("a").Data, "pg_wal", FlushMeter.FileName)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_rewound_member_whose_log_is_short_of_its_pages_says_so_and_has_to_be_started_following()
    {
        await using var group = await DivergedAsync();
        var (a, b) = (group["a"], group["b"]);
        await b.CheckpointAsync(group.Token);
        await b.KeepLogForAsync(["a"], group.Token);
        var copied = Lsn.Parse((await group.AskAsync("b", "SELECT pg_current_wal_insert_lsn()::text"))!);
        await group.AskAsync("b", "INSERT INTO t SELECT generate_series(100, 2000)");
        await a.RewindAsync("b", Anywhere, TestGroup.NoProgress, group.Token);
        // As when the source went on after its log had been copied: the end of the log is missing, the pages are of a later point.
        var segment = Path.Combine(group.Spec("a").Data, "pg_wal", $"00000002{copied.Value >> 32:X8}{copied.Value >> 24 & 0xff:X8}");
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.Write))
        {
            file.Position = (long)(copied.Value & 0xff_ffff);
            await file.WriteAsync(new byte[file.Length - file.Position], group.Token);
        }

        var stopped = await group.Eventually(a, view => view.Lacks is not null);
        stopped.Lacks!.Value.Lsn.ShouldBeGreaterThan(copied);
        stopped.Position.ShouldBeNull();
        stopped.History.Length.ShouldBe(1);

        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
        var waiting = await group.Eventually(a, view => view is { Process: ProcessState.Starting, Lacks: not null });
        waiting.Lacks.ShouldBe(stopped.Lacks);
        waiting.Upstream.ShouldBeNull();
        await a.StopAsync(StopMode.Fast, group.Token);

        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true, "b"), group.Token);
        var whole = await group.Eventually(a, view => view is { Streaming: true, Position: not null });
        whole.Lacks.ShouldBeNull();
        (await group.AskAsync("a", "SELECT count(*)::text FROM t WHERE n >= 100")).ShouldBe("1901");
    }

    [Fact]
    public async Task A_rewind_that_cannot_work_says_so_and_a_clone_serves()
    {
        await using var group = await DivergedAsync();
        var (a, b) = (group["a"], group["b"]);
        await b.CheckpointAsync(group.Token);
        // Without the log back to the fork there is no way back.
        foreach (var segment in Directory.EnumerateFiles(
            Path.Combine(group.Spec("a").Data, "pg_wal"), "0000000100000000000000*").Order().SkipLast(1))
        {
            File.Delete(segment);
        }

        var fault = await Should.ThrowAsync<EngineException>(() => a.RewindAsync("b", Anywhere, TestGroup.NoProgress, group.Token));
        fault.Message.ShouldContain("clone it anew");
        (await a.ObserveAsync(group.Token)).Fault.ShouldBe(fault.Message);
        await b.KeepLogForAsync(["a"], group.Token);
        var progress = new Collected();
        await a.CloneAsync("b", progress, group.Token);
        progress.Reports.ShouldContain(report => report.Total > 0 && report.Done == report.Total);
        progress.Reports.ShouldAllBe(report => report.What.Contains("from b"));
        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
        await group.Eventually(a, view => view.Position is not null);
        await a.AttachAsync("b", group.Token);
        await group.Eventually(a, view => view.Streaming && view.Position?.Timeline == 2);
    }

    [Fact]
    public async Task A_rewind_that_stops_short_of_the_lineages_fork_is_not_trusted()
    {
        await using var group = await DivergedAsync();
        await group["b"].CheckpointAsync(group.Token);
        // As if the lineage said that the member left the history long before the fork that pg_rewind finds by the timelines' numbers.
        var fault = await Should.ThrowAsync<EngineException>(
            () => group["a"].RewindAsync("b", new LogPosition(1, new Lsn(1)), TestGroup.NoProgress, group.Token));
        fault.Message.ShouldContain("clone it anew");
        (await group["a"].ObserveAsync(group.Token)).Data.ShouldBe(DataState.Incomplete);
    }

    [Fact]
    public async Task A_rewind_to_a_primary_that_is_away_leaves_the_data_as_it_was()
    {
        await using var group = await DivergedAsync();
        await group["b"].StopAsync(StopMode.Immediate, group.Token);
        await Should.ThrowAsync<EngineException>(() => group["a"].RewindAsync("b", Anywhere, TestGroup.NoProgress, group.Token));
        await Should.ThrowAsync<EngineException>(() => group["a"].CloneAsync("b", TestGroup.NoProgress, group.Token));
        (await group["a"].ObserveAsync(group.Token)).Data.ShouldBe(DataState.Present);
        await group["a"].StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, true), group.Token);
        await group.Eventually(group["a"], view => view.Process == ProcessState.Running);
        (await group.AskAsync("a", "SELECT max(n)::text FROM t")).ShouldBe("2");
    }

    [Fact]
    public async Task Salvage_drops_the_oldest_beyond_its_bound_and_nothing_when_nothing_diverged()
    {
        await using var group = new TestGroup(1, spec => spec with { SalvageBoundMebibytes = 40 });
        var a = await group.StartPrimaryAsync("a");
        var places = new List<LogPosition>();
        for (var round = 0; round < 4; round++)
        {
            var lsn = Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
            places.Add(new LogPosition(1, lsn));
            await group.AskAsync("a", "SELECT pg_logical_emit_message(true, 'x', 'y')::text");
        }

        await a.StopAsync(StopMode.Immediate, group.Token);
        var end = (await group.Eventually(a, view => view.Position is not null)).Position!.Value;
        (await a.SalvageAsync(end, group.Token)).Directory.ShouldBeNull();
        string? last = null;
        foreach (var place in places)
        {
            last = (await a.SalvageAsync(place, group.Token)).Directory;
        }

        var kept = Directory.EnumerateDirectories(group.Spec("a").Data + ".holdfast/salvage").Order().ToArray();
        kept.Length.ShouldBe(2);
        kept[^1].ShouldBe(last);
    }

    [Fact]
    public async Task Salvage_needs_only_the_newest_history_file()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        for (uint timeline = 2; timeline <= 3; timeline++)
        {
            await a.StopAsync(StopMode.Fast, group.Token);
            await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
            await group.Eventually(a, view => view.Process == ProcessState.Running && view.Position is not null);
            await a.SetSyncAsync(SyncRule.None, group.Token);
            await a.PromoteAsync(group.Token);
        }

        // As with a member that was cloned under timeline 3: the server has never needed the file.
        File.Delete(Path.Combine(group.Spec("a").Data, "pg_wal", "00000002.history"));
        var from = new LogPosition(3, Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!));
        await group.AskAsync("a", "SELECT pg_logical_emit_message(true, 'x', 'y')::text");
        await a.StopAsync(StopMode.Immediate, group.Token);
        await group.Eventually(a, view => view.Position is not null);

        var kept = (await a.SalvageAsync(from, group.Token)).Directory.ShouldNotBeNull();

        Directory.EnumerateFiles(kept, "*.history").Select(Path.GetFileName).ShouldBe(["00000003.history"]);
    }

    /// <summary>a wrote 2 that nobody got, b was promoted without it and wrote 3.</summary>
    private static async Task<TestGroup> DivergedAsync()
    {
        var group = await TestGroup.StartedAsync(2);
        try
        {
            var (a, b) = (group["a"], group["b"]);
            await group.ExecuteAsync("a", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
            await b.DetachAsync(group.Token);
            await group.SetRuleAsync("a", SyncRule.None);
            await group.ExecuteAsync("a", "INSERT INTO t VALUES (2)");
            await a.ProbeCommitAsync(group.Token);
            await a.StopAsync(StopMode.Immediate, group.Token);
            await b.SetSyncAsync(SyncRule.None, group.Token);
            await b.PromoteAsync(group.Token);
            await group.ExecuteAsync("b", "INSERT INTO t VALUES (3)");
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }
}
