using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Copying;

/// <summary>
/// A standby that changes over to a new primary receives the segment of the fork again, from its start. When that breaks off, the new timeline's file
/// has less than the old one's, of which every commit was acknowledged.
/// </summary>
public class ForkSegmentTests
{
    private const int SegmentBytes = 16 << 20;
    /// <summary>From the end of a segment.</summary>
    private const int Marked = 100;
    private const string Count = "SELECT count(*) FROM kept";
    private static readonly StartSpec Detached = new(MemberRole.Standby, SyncRule.Blocked, GateOpen: true);

    /// <param name="newest">Timeline 3 was forked off where 2 had only just begun: of 2 there is no log here.</param>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_was_received_again_in_part_does_not_hide_what_was_flushed_from_a_start(int newest)
    {
        await using var group = await ForkedAsync();
        var c = group["c"];
        var before = (await group.Eventually(c, view => view.ApplyIdle && view.Position is not null)).Position;
        await c.StopAsync(StopMode.Immediate, group.Token);
        BreakOff(group, newest);
        var (older, younger) = Files(group, newest);
        // What comes after the fork is each timeline's own.
        Mark(older, 0x11);
        Mark(younger, 0x77);

        await c.StartAsync(Detached, group.Token);
        (await File.ReadAllBytesAsync(younger, group.Token))[^Marked].ShouldBe((byte)0x77);
        (await group.Eventually(c, view => view is { ApplyIdle: true, Position: not null })).Position?.Lsn.ShouldBe(before.ShouldNotBeNull().Lsn);
        await c.PromoteAsync(group.Token);
        (await group.AskAsync("c", Count)).ShouldBe("2000");
        group.Log.ShouldContain(line => line.Contains("had been received again in part only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nor_from_a_promotion_while_it_runs()
    {
        await using var group = await ForkedAsync();
        var c = group["c"];
        await group.Eventually(c, view => view.ApplyIdle);
        BreakOff(group);
        // Until the recovering process has looked for a newer timeline, the promotion would go by the old one, and prove nothing.
        await group.Eventually(c, _ => File.ReadAllText(Path.Combine(group.Spec("c").Data + ".holdfast", "log", "server.log")).Contains("new target timeline is 2"));

        await c.PromoteAsync(group.Token);
        (await group.AskAsync("c", Count)).ShouldBe("2000");
    }

    [Fact]
    public async Task Nor_where_it_was_found_whole_before()
    {
        await using var group = await ForkedAsync();
        await group["c"].StopAsync(StopMode.Immediate, group.Token);
        var forks = new ForkSegments(new Layout(group.Spec("c")));
        BreakOff(group);
        forks.MakeWhole().Length.ShouldBe(1);
        forks.MakeWhole().ShouldBeEmpty();
        forks.MakeWhole().ShouldBeEmpty();
        BreakOff(group);
        forks.MakeWhole().Length.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4000)]
    public async Task A_younger_file_is_not_touched_when_the_older_one_does_not_reach_the_fork(int offset)
    {
        await using var group = await ForkedAsync();
        var c = group["c"];
        await c.StopAsync(StopMode.Immediate, group.Token);
        BreakOff(group);
        var (older, younger) = Files(group);
        await using (var file = File.OpenWrite(older))
        {
            // In the middle of what was flushed: in a page's header, or in a record.
            file.Position = (SegmentBytes / 8) + offset;
            file.WriteByte(0xAA);
            file.WriteByte(0x55);
        }

        var was = await File.ReadAllBytesAsync(younger, group.Token);
        await c.StartAsync(Detached, group.Token);
        await group.Eventually(c, view => view is { ApplyIdle: true });
        (await File.ReadAllBytesAsync(younger, group.Token)).AsSpan().SequenceEqual(was).ShouldBeTrue();
        group.Log.ShouldNotContain(line => line.Contains("in part only", StringComparison.Ordinal));
    }

    /// <summary>Primary a is gone; b was promoted; c has all that a had acknowledged, and is detached. The fork is in the middle of a segment.</summary>
    private static async Task<TestGroup> ForkedAsync()
    {
        var group = await TestGroup.StartedAsync(3, acks: 2);
        try
        {
            await group.ExecuteAsync("a", "CREATE TABLE kept (id int, payload text)");
            await group.ExecuteAsync("a", "SELECT pg_switch_wal()");
            await group.ExecuteAsync("a", "CHECKPOINT");
            await group.ExecuteAsync("a", "ALTER TABLE kept ALTER payload SET STORAGE EXTERNAL");
            await group.ExecuteAsync("a", "INSERT INTO kept SELECT n, repeat(md5(n::text), 60) FROM generate_series(1, 2000) n");
            await group["a"].StopAsync(StopMode.Immediate, group.Token);
            await group["b"].DetachAsync(group.Token);
            await group["c"].DetachAsync(group.Token);
            await group["b"].PromoteAsync(group.Token);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a receiver leaves it that got the history, and a megabyte of the segment: the kernel has the rest as zeros.</summary>
    private static void BreakOff(TestGroup group, int newest = 2)
    {
        var (older, younger) = Files(group, newest);
        Fork(group).ShouldBeGreaterThan((ulong)SegmentBytes / 8, "else nothing is missing");
        using var whole = File.OpenRead(older);
        var part = new byte[SegmentBytes / 16];
        whole.ReadExactly(part);
        using (var file = File.Create(younger))
        {
            file.Write(part);
            file.SetLength(SegmentBytes);
        }

        var history = File.ReadAllText(Path.Combine(group.Spec("b").Data, "pg_wal", "00000002.history"));
        var log = Path.Combine(group.Spec("c").Data, "pg_wal");
        File.WriteAllText(Path.Combine(log, "00000002.history"), history);
        if (newest == 3)
        {
            File.WriteAllText(Path.Combine(log, "00000003.history"), history + "2" + history[1..]);
        }
    }

    private static void Mark(string segment, byte value)
    {
        using var file = File.OpenWrite(segment);
        file.Position = SegmentBytes - Marked;
        file.WriteByte(value);
    }

    /// <summary>Where in its segment.</summary>
    private static ulong Fork(TestGroup group) => History(group) % SegmentBytes;

    private static ulong History(TestGroup group) =>
        Lsn.Parse(File.ReadAllText(Path.Combine(group.Spec("b").Data, "pg_wal", "00000002.history")).Split('\t')[1]).Value;

    /// <summary>The two files of the fork's segment at c.</summary>
    private static (string Older, string Younger) Files(TestGroup group, int newest = 2)
    {
        var segment = (History(group) / SegmentBytes).ToString("X8", System.Globalization.CultureInfo.InvariantCulture);
        var log = Path.Combine(group.Spec("c").Data, "pg_wal");
        return (Path.Combine(log, $"0000000100000000{segment}"), Path.Combine(log, $"0000000{newest}00000000{segment}"));
    }
}
