using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Link;

[Trait("Speed", "Slow")]
public class ArchiveTests
{
    private static readonly StartSpec Detached = new(MemberRole.Standby, SyncRule.Blocked, true);

    [Fact]
    public async Task A_standby_whose_log_is_gone_is_fed_from_the_archive_until_it_streams_and_never_while_detached()
    {
        await using var group = await WithArchiveAsync();
        var a = group["a"];
        // As after a failover: whoever is fed needs the history of the upstream's timeline.
        await a.StopAsync(StopMode.Fast, group.Token);
        await a.StartAsync(Detached, group.Token);
        await group.Eventually(a, view => view.ApplyIdle);
        await a.PromoteAsync(group.Token);
        await group.SetRuleAsync("a", SyncRule.None);
        var b = await group.AddStandbyAsync("b", "a");
        await b.DetachAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await FillAsync(group, 6);
        var lost = await group.Eventually(a, view => view.Slots is [{ Lost: true }]);
        lost.Slots[0].ShouldBe(new SlotView("b", false, null, true, null));
        lost.Archive.ShouldNotBeNull().FailingFor.ShouldBeNull();
        await b.AttachAsync("a", group.Token);
        await group.Eventually(b, view => view.LogGone);

        // While the archive is not there, neither has it; what helps then is said, until it is there again.
        var archive = group.Store.Archive!;
        Directory.Move(archive, archive + ".away");
        await b.FeedAsync("a", group.Token);
        var lacks = await group.Eventually(b, view => view.ArchiveLacks);
        (lacks.Feeding, lacks.LogGone, lacks.Streaming).ShouldBe((true, true, false));
        lacks.Fault.ShouldNotBeNull().ShouldContain("cloned anew");

        // Detached it takes nothing, though all is there: not at once, not after a restart.
        await b.DetachAsync(group.Token);
        var before = await group.Eventually(b, view => view.Position is not null);
        Directory.Move(archive + ".away", archive);
        await StaysAsync(group, b, before.Position!.Value);
        await b.StopAsync(StopMode.Fast, group.Token);
        await b.StartAsync(Detached, group.Token);
        await group.Eventually(b, view => view.Position is not null);
        await StaysAsync(group, b, before.Position!.Value);

        await b.FeedAsync("a", group.Token);
        var fed = await group.Eventually(b, view => view.Streaming);
        (fed.Feeding, fed.LogGone, fed.ArchiveLacks).ShouldBe((true, false, false));
        var receiver = await group.AskAsync("b", "SELECT pid::text FROM pg_stat_wal_receiver");
        await b.AttachAsync("a", group.Token);
        (await group.AskAsync("b", "SELECT pid::text || current_setting('restore_command') FROM pg_stat_wal_receiver")).ShouldBe(receiver);
        (await b.ObserveAsync(group.Token)).Feeding.ShouldBeFalse();
        await group.Eventually(a, view => view.Slots is [{ Active: true, Lost: false, Backlog: not null }]);
        (await group.AskAsync("b", "SELECT count(*)::text FROM t")).ShouldBe("6");
    }

    [Fact]
    public async Task Detaching_or_promoting_in_the_middle_of_a_feeding_ends_it_at_once()
    {
        await using var group = await WithArchiveAsync();
        var (a, b) = (group["a"], await group.AddStandbyAsync("b", "a"));
        await b.DetachAsync(group.Token);
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await FillAsync(group, 6);
        await group.Eventually(a, view => view.Slots is [{ Lost: true }] && view.Archive is { Waiting: 0 });

        // The third piece hangs, as on a network file system that is away.
        var start = Lsn.Parse((await group.AskAsync("b", "SELECT pg_last_wal_replay_lsn()::text"))!);
        var pieces = Array.Empty<string>();
        await group.Eventually(
            a, _ => (pieces = Directory.GetFiles(group.Store.Archive!, $"*{(start.Value >> 24) + 2:X8}", SearchOption.AllDirectories)).Length == 1);
        var third = pieces[0];
        File.Move(third, third + ".kept");
        await TestGroup.RunAsync("mkfifo", third);
        await b.FeedAsync("a", group.Token);
        await group.Eventually(b, view => view.Feeding && ProcFs.CommandLines().Any(process => process.Arguments.Contains(third)));
        var begin = TimeProvider.System.GetTimestamp();
        await b.DetachAsync(group.Token);
        TimeProvider.System.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        File.Delete(third);
        File.Move(third + ".kept", third);
        var detached = await group.Eventually(b, view => view.Position is not null);
        detached.Position!.Value.Lsn.ShouldBe(new Lsn(((start.Value >> 24) + 2) << 24));
        await StaysAsync(group, b, detached.Position!.Value);

        await b.FeedAsync("a", group.Token);
        await b.SetSyncAsync(SyncRule.None, group.Token);
        await b.PromoteAsync(group.Token);
        var promoted = await group.Eventually(b, view => view.Role == MemberRole.Primary);
        (promoted.Feeding, promoted.Position!.Value.Timeline).ShouldBe((false, 2u));
        (await group.AskAsync("b", "SHOW restore_command")).ShouldBe("");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_in_good_order_waits_for_no_archiver(bool hangs)
    {
        await using var group = await WithArchiveAsync();
        var a = group["a"];
        var archive = group.Store.Archive!;
        if (hangs)
        {
            var next = await group.AskAsync("a", "SELECT pg_walfile_name(pg_current_wal_lsn())");
            var place = Directory.CreateDirectory(Path.Combine(archive, (await a.ObserveAsync(group.Token)).SystemId!, "a"));
            await TestGroup.RunAsync("mkfifo", Path.Combine(place.FullName, next + ".new"));
        }
        else
        {
            Directory.Delete(archive, recursive: true);
            await File.WriteAllTextAsync(archive, "not a directory");
        }

        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await FillAsync(group, 2);
        var view = await group.Eventually(a, seen => seen.Archive is { FailingFor: not null });
        view.Archive!.Waiting.ShouldBeGreaterThan(0);
        var start = TimeProvider.System.GetTimestamp();
        await a.StopAsync(StopMode.Fast, group.Token);
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
        (await group.Eventually(a, seen => seen.Position is not null)).CleanShutdown.ShouldBeTrue();
        if (!hangs)
        {
            File.Delete(archive);
        }
    }

    /// <summary>Each row in a segment of its own, then a checkpoint, which removes what nobody keeps.</summary>
    private static async Task FillAsync(TestGroup group, int segments)
    {
        for (var segment = 0; segment < segments; segment++)
        {
            await group.ExecuteAsync("a", $"INSERT INTO t VALUES ({segment})");
            await group.ExecuteAsync("a", "SELECT pg_switch_wal()");
        }

        // What has not been archived yet is not removed.
        await group.Eventually(group["a"], view => view.Archive is { Waiting: 0 } or { FailingFor: not null });
        await group["a"].CheckpointAsync(group.Token);
    }

    /// <summary>Longer than several of its attempts to get at more log take.</summary>
    private static async Task StaysAsync(TestGroup group, PostgreSqlEngine engine, LogPosition at)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(500))
        {
            var view = await engine.ObserveAsync(group.Token);
            (view.Position, view.Feeding, view.Receiving).ShouldBe((at, false, false));
            await Task.Delay(20, group.Token);
        }

        (await group.AskAsync("b", "SHOW restore_command")).ShouldBe("");
    }

    /// <summary>Primary a, whose bounds are small; b is at the other site.</summary>
    [Fact]
    public async Task What_diverged_and_is_in_the_archive_only_is_kept_from_there()
    {
        await using var group = await WithArchiveAsync();
        var a = group["a"];
        var from = new LogPosition(1, Lsn.Parse((await group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!));
        var first = (await group.AskAsync("a", "SELECT pg_walfile_name(pg_current_wal_flush_lsn())::text"))!;
        await group.ExecuteAsync("a", "CREATE TABLE t (n int)");
        await group.AskAsync("a", "SELECT pg_switch_wal()::text");
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (1)");
        await group.AskAsync("a", "SELECT pg_switch_wal()::text");
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (2); CHECKPOINT");
        var archived = () => Directory.GetFiles(group.Store.Archive!, first, SearchOption.AllDirectories).SingleOrDefault();
        await group.Eventually(a, view => view.Archive is { Waiting: 0 } && archived() is not null);
        await a.StopAsync(StopMode.Immediate, group.Token);
        await group.Eventually(a, view => view.Position is not null);
        // As when the bound of what is kept for others has been passed.
        File.Delete(Path.Combine(group.Spec("a").Data, "pg_wal", first));

        var kept = (await a.SalvageAsync(from, group.Token)).Directory.ShouldNotBeNull();
        File.ReadAllBytes(Path.Combine(kept, first)).ShouldBe(File.ReadAllBytes(archived()!));
        Directory.GetFiles(kept, "000000010000*").Length.ShouldBe(3);

        Directory.Delete(kept, recursive: true);
        File.Delete(archived()!);
        var refused = await Should.ThrowAsync<EngineException>(() => a.SalvageAsync(from, group.Token));
        refused.Message.ShouldContain($"and in the archive {group.Store.Archive}");
    }

    private static async Task<TestGroup> WithArchiveAsync()
    {
        var group = new TestGroup(
            2,
            spec => spec with
            {
                SlotBoundMebibytes = 16,
                Parameters = spec.Parameters.SetItem("max_wal_size", "32MB").SetItem("min_wal_size", "32MB").SetItem("wal_keep_size", "0"),
            },
            remote: "b",
            shape: (store, root) => store with
            {
                Archive = Directory.CreateDirectory(Path.Combine(root, "archive")).FullName,
                Link = new SiteLinkSpec { QueueBound = 16L << 20 },
            });
        try
        {
            await group.StartPrimaryAsync("a");
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }
}
