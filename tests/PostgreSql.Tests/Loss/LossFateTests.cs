using Holdfast.Core.Loss;

namespace Holdfast.PostgreSql.Tests.Loss;

[Trait("Speed", "Slow")]
public class LossFateTests
{
    [Fact]
    public async Task Rows_that_the_new_primary_has_touched_are_told_and_left_out_of_the_replay()
    {
        await using var disaster = await Disaster.StartAsync(async group => await group.ExecuteAsync("a", """
            CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'before' FROM generate_series(1, 20) i;
            CREATE TABLE emptied (id int PRIMARY KEY); INSERT INTO emptied VALUES (1);
            CREATE TABLE dropped (id int PRIMARY KEY); CREATE TABLE keyless (v text); INSERT INTO keyless VALUES ('before')
            """));
        var group = disaster.Group;
        // Many transactions before the fork: their numbers must not be taken for new ones.
        for (var i = 0; i < 20; i++)
        {
            await group.ExecuteAsync("a", $"UPDATE t SET v = 'before {i}' WHERE id = {i}");
        }

        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", "UPDATE t SET v = 'lost' WHERE id BETWEEN 1 AND 5");
        await group.ExecuteAsync("a", "DELETE FROM t WHERE id IN (6, 7)");
        await group.ExecuteAsync("a", "INSERT INTO t VALUES (100, 'lost'), (101, 'lost'), (102, 'lost')");
        await group.ExecuteAsync("a", "UPDATE t SET v = 'lost again' WHERE id IN (1, 2, 100, 101)");
        await group.ExecuteAsync("a", "UPDATE t SET id = 200 WHERE id = 8; UPDATE t SET id = 201 WHERE id = 9");
        await group.ExecuteAsync("a", "TRUNCATE emptied; INSERT INTO emptied VALUES (1)");
        await group.ExecuteAsync("a", "CREATE TABLE made (id int PRIMARY KEY); INSERT INTO made VALUES (1)");
        await group.ExecuteAsync("a", "INSERT INTO dropped VALUES (1); UPDATE keyless SET v = 'lost'; DELETE FROM keyless");
        await group.ExecuteAsync("a", "DROP TABLE dropped");
        await disaster.StrikeAsync();
        // Life goes on at the other site.
        await group.ExecuteAsync("b", "UPDATE t SET v = 'new' WHERE id IN (2, 6)");
        await group.ExecuteAsync("b", "UPDATE t SET v = 'lost' WHERE id = 3");
        await group.ExecuteAsync("b", "DELETE FROM t WHERE id = 4");
        await group.ExecuteAsync("b", "INSERT INTO t VALUES (101, 'new'), (102, 'lost'), (200, 'new')");
        await group.ExecuteAsync("b", "INSERT INTO emptied VALUES (2)");

        var (report, lost) = await disaster.ReturnAsync();
        report.IsComplete.ShouldBeTrue(string.Join("; ", report.Gaps));
        lost.Where(one => one.Transaction.ChangedCatalog).Count().ShouldBeGreaterThanOrEqualTo(2);
        var replay = await Replay.PrepareAsync(disaster, report, lost);
        Fates(replay, "t").ShouldBe(
        [
            RowFate.Unchanged, RowFate.Changed, RowFate.Done, RowFate.Gone, RowFate.Unchanged, // 1 to 5
            RowFate.Changed, RowFate.Unchanged, // 6, 7
            RowFate.Free, RowFate.Taken, RowFate.Done, // 100 to 102
            RowFate.Follows, RowFate.Blocked, RowFate.Follows, RowFate.Blocked, // 1, 2, 100, 101
            RowFate.Taken, RowFate.Unchanged, // 8 to 200, 9 to 201
        ]);
        Fates(replay, "emptied").ShouldBe([RowFate.Changed, RowFate.Done]);
        Fates(replay, "made").ShouldBe([RowFate.Unknown]);
        replay.Script.ShouldContain("left out, the table no longer existed when the old primary ended: INSERT public.dropped id=1");
        replay.Script.ShouldContain("left out, the log does not tell which row it was");
        await replay.RunAsync(group);
        (await group.AskAsync("b", "SELECT string_agg(id || ':' || v, ',' ORDER BY id) FROM t WHERE v !~ '^before'"))
            .ShouldBe("1:lost again,2:new,3:lost,5:lost,6:new,100:lost again,101:new,102:lost,200:new");
        (await group.AskAsync("b", "SELECT string_agg(id::text, ',' ORDER BY id) FROM t WHERE v ~ '^before'"))
            .ShouldBe("8,10,11,12,13,14,15,16,17,18,19,20,201");
        (await group.AskAsync("b", "SELECT string_agg(id::text, ',' ORDER BY id) FROM emptied")).ShouldBe("1,2");
    }

    private static List<RowFate> Fates(Replay replay, string table) =>
        [.. replay.Fates.Where(pair => pair.Change.Table.Name == table).Select(pair => pair.Fate)];
}
