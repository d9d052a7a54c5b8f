using Holdfast.Core.Failover;
using Holdfast.Core.Loss;

namespace Holdfast.Core.Tests.Loss;

public class FateTests
{
    private static readonly LossTable Table = new(
        "d", new TableName("s", "t"), RowIdentity.Key, ["id"], [new("id", "int", false, false), new("v", "text", false, false)]);

    private readonly LossReport _report = ReplayStatementTests.Report(Table);
    private readonly KnownRows _known;
    private readonly FateTracker _tracker;

    public FateTests()
    {
        _known = new KnownRows(_report);
        _tracker = new FateTracker(_report, _known, text => text);
    }

    [Fact]
    public void What_an_earlier_change_made_is_what_a_later_one_finds()
    {
        Present();
        Insert("1").ShouldBe(RowFate.Free);
        Update("1").ShouldBe(RowFate.Follows);
        Delete("1").ShouldBe(RowFate.Follows);
        Insert("1").ShouldBe(RowFate.Follows);
        Move("1", "2").ShouldBe(RowFate.Follows);
        Update("1").ShouldBe(RowFate.Blocked);
        Update("2").ShouldBe(RowFate.Follows);
    }

    [Fact]
    public void What_cannot_be_done_again_blocks_all_that_comes_after_it_on_the_row()
    {
        Present(("1", true), ("2", false), ("3", false), ("4", null));
        Update("1").ShouldBe(RowFate.Changed);
        Delete("1").ShouldBe(RowFate.Blocked);
        Insert("1").ShouldBe(RowFate.Blocked);
        Move("2", "3").ShouldBe(RowFate.Taken);
        Update("2").ShouldBe(RowFate.Blocked);
        Update("4").ShouldBe(RowFate.Unknown);
        Delete("9").ShouldBe(RowFate.Gone);
        Insert("9").ShouldBe(RowFate.Blocked);
    }

    [Fact]
    public void A_row_that_is_what_the_change_would_make_of_it_is_done_already()
    {
        Present(("1", true));
        Next(ChangeKind.Update, [], [new("id", "1"), new("v", "present")]).ShouldBe(RowFate.Done);
        Update("1").ShouldBe(RowFate.Blocked);
    }

    [Fact]
    public void A_truncation_clears_what_was_there_unless_it_cannot_be_done_again()
    {
        Present(("1", false));
        _known.Whole(Table, anyWrittenSince: false);
        Next(ChangeKind.Truncate, [], []).ShouldBe(RowFate.Unchanged);
        Insert("1").ShouldBe(RowFate.Follows);
        Update("7").ShouldBe(RowFate.Blocked);
        _known.Whole(Table, anyWrittenSince: true);
        Next(ChangeKind.Truncate, [], []).ShouldBe(RowFate.Unchanged, "there is nothing left that was written since");
    }

    [Fact]
    public void A_truncation_of_a_table_written_since_is_left_out()
    {
        Present(("1", false));
        _known.Whole(Table, anyWrittenSince: true);
        Next(ChangeKind.Truncate, [], []).ShouldBe(RowFate.Changed);
        Insert("1").ShouldBe(RowFate.Taken);
    }

    [Fact]
    public void Nothing_is_said_of_rows_about_which_nobody_could_be_asked()
    {
        Insert("1").ShouldBe(RowFate.Unknown);
        Update("2").ShouldBe(RowFate.Unknown);
        Next(ChangeKind.Truncate, [], []).ShouldBe(RowFate.Unknown);
    }

    [Fact]
    public void Transaction_numbers_go_round()
    {
        XidOrder.IsBefore(5, 6).ShouldBeTrue();
        XidOrder.IsBefore(uint.MaxValue, 3).ShouldBeTrue();
        XidOrder.IsBefore(3, uint.MaxValue).ShouldBeFalse();
        XidOrder.IsBefore(2, 4_000_000_000).ShouldBeTrue("a frozen row is older than all");
        XidOrder.Advance(0, uint.MaxValue).ShouldBe(3u);
        XidOrder.Advance(10, 4).ShouldBe(10u);
        XidOrder.Advance(10, 10).ShouldBe(11u);
        XidOrder.Advance(10, 0).ShouldBe(10u);
    }

    [Fact]
    public void A_standbys_lag_is_the_age_of_the_oldest_heartbeat_that_it_lacks()
    {
        var trail = new HeartbeatTrail(TimeSpan.FromSeconds(60));
        trail.LagOf(new Lsn(5), TimeSpan.FromSeconds(1)).ShouldBeNull();
        for (var second = 1; second <= 100; second++)
        {
            trail.Note(TimeSpan.FromSeconds(second), new Lsn((ulong)second * 10));
        }

        var now = TimeSpan.FromSeconds(100.5);
        trail.LagOf(new Lsn(1000), now).ShouldBe(TimeSpan.Zero);
        trail.LagOf(new Lsn(999), now).ShouldBe(TimeSpan.FromSeconds(0.5));
        trail.LagOf(new Lsn(905), now).ShouldBe(TimeSpan.FromSeconds(9.5));
        trail.LagOf(new Lsn(1), now).ShouldBe(TimeSpan.FromSeconds(60.5), "as far as it remembers");
    }

    private void Present(params (string Key, bool? Since)[] rows)
    {
        var transaction = Transaction();
        foreach (var key in Enumerable.Range(1, 9))
        {
            _known.Want(transaction, new LostChange { Kind = ChangeKind.Delete, Tables = [Table.Name], Old = [new("id", $"{key}")] });
        }

        foreach (var (key, since) in rows)
        {
            _known.Found(Table, [key], new PresentRow(since, System.Collections.Immutable.ImmutableDictionary<string, string?>.Empty
                .Add("id", key).Add("v", "present")));
        }

        _known.Complete(Table);
    }

    private RowFate Insert(string key) => Next(ChangeKind.Insert, [], [new("id", key), new("v", "x")]);
    private RowFate Update(string key) => Next(ChangeKind.Update, [], [new("id", key), new("v", "x")]);
    private RowFate Move(string key, string to) => Next(ChangeKind.Update, [new("id", key)], [new("id", to), new("v", "x")]);
    private RowFate Delete(string key) => Next(ChangeKind.Delete, [new("id", key)], []);

    private RowFate Next(ChangeKind kind, LostValue[] old, LostValue[] now) =>
        _tracker.Next(Transaction(), new LostChange { Kind = kind, Tables = [Table.Name], Old = [.. old], New = [.. now] });

    private static LostTransaction Transaction() => new(1, "0/1", "", "d", 1, false, Acknowledgement.Unknown);
}
