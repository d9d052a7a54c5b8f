using System.Collections.Immutable;
using Holdfast.Core.Loss;

namespace Holdfast.Core.Tests.Loss;

public class ReplayStatementTests
{
    private static readonly TableName Name = new("s", "t\"x");
    private static readonly ImmutableArray<LossColumn> Columns =
    [
        new("id", "integer", IsGenerated: false, IsIdentity: false), new("v", "text", IsGenerated: false, IsIdentity: false),
        new("twice", "integer", IsGenerated: true, IsIdentity: false),
    ];

    private static readonly LossTable Keyed = new("d", Name, RowIdentity.Key, ["id"], Columns);

    [Fact]
    public void Generated_columns_are_left_to_the_server_and_quotes_are_doubled() =>
        Sql(ChangeKind.Insert, [], [new("id", "1"), new("v", "it's \\ \""), new("twice", "2")], Keyed)
            .ShouldBe("INSERT INTO \"s\".\"t\"\"x\" (\"id\", \"v\") VALUES ('1', 'it''s \\ \"')");

    [Fact]
    public void A_carriage_return_is_written_as_an_escape() =>
        SqlText.Literal("a\r\nb\\'").ShouldBe("E'a\\r\nb\\\\'''");

    [Fact]
    public void An_update_finds_its_row_by_the_old_key_and_leaves_unchanged_columns_alone()
    {
        Sql(ChangeKind.Update, [], [new("id", "1"), new("v", null)], Keyed)
            .ShouldBe("UPDATE ONLY \"s\".\"t\"\"x\" SET \"v\" = NULL WHERE \"id\" = '1'");
        Sql(ChangeKind.Update, [new("id", "1")], [new("id", "2"), new("v", null, IsUnchanged: true)], Keyed)
            .ShouldBe("UPDATE ONLY \"s\".\"t\"\"x\" SET \"id\" = '2' WHERE \"id\" = '1'");
        Why(ChangeKind.Update, [], [new("id", "1"), new("v", null, IsUnchanged: true), new("twice", "9")], Keyed)
            .ShouldContain("nothing was changed");
    }

    [Fact]
    public void A_column_that_the_server_fills_is_set_by_moving_the_row()
    {
        var identity = Keyed with { Columns = Columns.SetItem(0, Columns[0] with { IsIdentity = true }) };
        Sql(ChangeKind.Update, [new("id", "1")], [new("id", "2"), new("v", null, IsUnchanged: true)], identity).ShouldBe(
            "WITH old AS (DELETE FROM ONLY \"s\".\"t\"\"x\" WHERE \"id\" = '1' RETURNING *) " +
            "INSERT INTO \"s\".\"t\"\"x\" (\"id\", \"v\") OVERRIDING SYSTEM VALUE SELECT '2', \"v\" FROM old");
    }

    [Fact]
    public void Without_a_key_the_whole_row_identifies_one_row_and_without_that_nothing_does()
    {
        var full = new LossTable("d", Name, RowIdentity.Full, [], Columns);
        Sql(ChangeKind.Delete, [new("id", "1")], [], full).ShouldBe(
            "DELETE FROM ONLY \"s\".\"t\"\"x\" WHERE ctid = (SELECT ctid FROM ONLY \"s\".\"t\"\"x\" WHERE " +
            "pg_catalog.format('%s', \"id\") = '1' AND \"id\" IS DISTINCT FROM NULL AND \"v\" IS NOT DISTINCT FROM NULL AND " +
            "\"twice\" IS NOT DISTINCT FROM NULL LIMIT 1)");
        Why(ChangeKind.Delete, [], [], full with { Identity = RowIdentity.None }).ShouldContain("does not tell which row");
        Why(ChangeKind.Update, [], [new("id", "1"), new("v", "x")], Keyed with { Identity = RowIdentity.None })
            .ShouldContain("does not tell which row");
        Why(ChangeKind.Insert, [], [new("id", "1")], Keyed with { Columns = [] }).ShouldContain("no longer existed");
        Why(ChangeKind.Insert, [], [new("old_name", "1")], Keyed).ShouldContain("columns were changed");
    }

    [Fact]
    public void What_stands_in_a_comment_cannot_end_it()
    {
        var report = Report(Keyed);
        var script = new ReplayScript(report);
        var transaction = new LostTransaction(5, "0/1", "now", "d", 1, false, Acknowledgement.Unknown);
        const string Text = "a\nDROP TABLE t;\r\nDROP TABLE u;";
        var change = new LostChange { Kind = ChangeKind.Insert, Tables = [Name], New = [new("id", "1"), new("v", Text)] };
        script.Change(transaction, change, RowFate.Taken).ShouldAllBe(line => line.StartsWith("--") && !line.Contains('\n') && !line.Contains('\r'));
        script.Head().Last().ShouldBe("\\set ON_ERROR_STOP on");
    }

    internal static LossReport Report(params ImmutableArray<LossTable> tables) => new()
    {
        Id = "1",
        Store = "s",
        Member = "m",
        SystemId = "1",
        From = "1:0/1",
        To = "1:0/2",
        MadeAt = "",
        Tables = tables,
    };

    private static string Sql(ChangeKind kind, ImmutableArray<LostValue> old, ImmutableArray<LostValue> now, LossTable table) =>
        ReplayStatement.Of(new LostChange { Kind = kind, Tables = [table.Name], Old = old, New = now }, table).Sql.ShouldNotBeNull();

    private static string Why(ChangeKind kind, ImmutableArray<LostValue> old, ImmutableArray<LostValue> now, LossTable table) =>
        ReplayStatement.Of(new LostChange { Kind = kind, Tables = [table.Name], Old = old, New = now }, table).Why.ShouldNotBeNull();
}
