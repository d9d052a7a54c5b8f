using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Replication;

/// <summary>
/// The primary dies within a record that goes on in the next segment: its standbys have the first part, right up to the segment's end, and what
/// the next primary writes at that place is something else.
/// </summary>
public class TornTailTests
{
    private const ulong Segment = 16 << 20;

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_standby_with_the_first_part_of_a_record_follows_the_next_primary()
    {
        await using var group = await TestGroup.StartedAsync(3);
        var b = group["b"];
        var c = group["c"];
        await DieWithinARecordAsync(group);
        await group.Eventually(c, view => view is { Process: ProcessState.Running, ApplyIdle: true });

        await group.Eventually(b, view => view is { Process: ProcessState.Running, ApplyIdle: true });
        await b.PromoteAsync(group.Token);
        await b.SetSyncAsync(SyncRule.None, group.Token);
        await group.ExecuteAsync("b", "CREATE TABLE after ()");
        await c.AttachAsync("b", group.Token);

        await group.Eventually(c, view => view.Streaming && view.Position is { Timeline: 2 });
        await b.SetSyncAsync(new SyncRule(["c"], 1), group.Token);
        await group.ExecuteAsync("b", "CREATE TABLE later ()");
        await c.DetachAsync(group.Token);
        await group.Eventually(c, view => view.ApplyIdle);
        (await group.AskAsync("c", "SELECT count(*) FROM pg_class WHERE relname IN ('after', 'later')")).ShouldBe("2");
    }

    /// <summary>A record of many segments is flushed piece by piece while it is written; of the pieces, only the segment where it begins stays.</summary>
    private static async Task DieWithinARecordAsync(TestGroup group)
    {
        await group.SetRuleAsync("a", SyncRule.None);
        var begins = (await group["a"].ObserveAsync(group.Token)).Position.ShouldNotBeNull().Lsn.Value / Segment;
        var written = group.ExecuteAsync("a", "SELECT pg_logical_emit_message(false, 'test', repeat('x', 900000000))");
        string[] standbys = ["b", "c"];
        foreach (var name in standbys)
        {
            await group.Eventually(group[name], view => view.Position is { } position && position.Lsn.Value / Segment > begins + 1);
        }

        await group["a"].StopAsync(StopMode.Immediate, group.Token);
        await Should.ThrowAsync<NpgsqlException>(() => written);
        foreach (var name in standbys)
        {
            await group[name].StopAsync(StopMode.Fast, group.Token);
            foreach (var segment in Directory.GetFiles(Path.Combine(group.Spec(name).Data, "pg_wal"), "????????????????????????")
                .Where(file => string.CompareOrdinal(Path.GetFileName(file), $"0000000100000000{begins:X8}") > 0))
            {
                File.Delete(segment);
            }

            await group[name].StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true), group.Token);
        }
    }
}
