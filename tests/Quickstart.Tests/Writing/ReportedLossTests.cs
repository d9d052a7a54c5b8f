using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Tests.Writing;

public class ReportedLossTests
{
    private static string Insert(long id, string table = "writes", string kind = "Insert") =>
        $$"""
        {"change":{"kind":"{{kind}}","tables":[{"schema":"public","name":"{{table}}"}],"old":[],
        "new":[{"column":"id","text":"{{id}}"},{"column":"at","text":"2026-11-22 06:08:00+00"}]},"fate":"Free"}
        """;

    private static string Report(string member, bool complete, params string[] changes) =>
        $$"""
        {"report":{"id":"1","member":"{{member}}","isDecoded":{{(complete ? "true" : "false")}},"isComplete":{{(complete ? "true" : "false")}},
        "gaps":[{{(complete ? "" : "\"it had no slot\"")}}]},"transactions":[
        {{string.Join(",", changes.Select(change => $$"""{"transaction":{"xid":7},"changes":[{{change}}]}"""))}}]}
        """;

    private static ReportedLoss Parsed(params string[] reports) => ReportedLoss.Parse($"[{string.Join(",", reports)}]");

    private static LossComparison Compared(long[] acknowledged, long[] present, ReportedLoss report)
    {
        var (ids, losses) = Counted(acknowledged, present);
        return LossComparison.Of(ids, losses, report);
    }

    [Fact]
    public void Rows_of_all_reports_count_once_and_a_report_without_a_list_says_why()
    {
        var report = Parsed(Report("a", true, Insert(3), Insert(4)), Report("b", false), Report("c", true, Insert(4)));
        report.Ids.Ids().ShouldBe([3, 4]);
        report.Complete.ShouldBe(["a", "c"]);
        report.Gaps.ShouldHaveSingleItem().ShouldBe("b: it had no slot");
        report.Oddities.ShouldBeEmpty();
    }

    [Fact]
    public void A_change_that_the_writer_never_makes_is_odd()
    {
        Parsed(Report("a", true, Insert(3, table: "others"))).Oddities.ShouldHaveSingleItem().ShouldContain("others");
        Parsed(Report("a", true, Insert(3, kind: "Delete"))).Oddities.ShouldHaveSingleItem().ShouldContain("Delete");
    }

    [Fact]
    public void No_report_names_nothing() => Parsed().Ids.Count.ShouldBe(0);

    [Fact]
    public void The_same_rows_missing_and_reported_agree_and_rows_of_unknown_fate_are_counted_apart()
    {
        var comparison = Compared([1, 2, 3, 5], [1, 2], Parsed(Report("a", true, Insert(3), Insert(4), Insert(5))));
        comparison.Reported.ShouldBe([3, 5], ignoreOrder: true);
        comparison.OfUnknownFate.ShouldBe(1);
        comparison.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_row_that_is_not_reported_is_named() =>
        Compared([1, 2, 3], [1], Parsed(Report("a", true, Insert(3)))).Problems.ShouldHaveSingleItem().ShouldEndWith("not reported: 2");

    [Fact]
    public void A_reported_row_that_is_there_is_named() =>
        Compared([1, 2, 3], [1, 2], Parsed(Report("a", true, Insert(2), Insert(3)))).Problems.ShouldHaveSingleItem().ShouldEndWith("are there: 2");

    [Fact]
    public void Keys_that_are_newer_than_all_reported_ones_were_in_no_log_and_older_ones_must_be_reported()
    {
        KeysCompared([1, 2, 3, 4, 5], [1, 2], Keys(3, 4, 9)).ShouldSatisfyAllConditions(
            its => its.Reported.ShouldBe(2), its => its.InNoLog.ShouldBe(1), its => its.Missing.ShouldBe(3), its => its.Problems.ShouldBeEmpty());
        KeysCompared([1, 2, 3, 4], [1, 2], Keys(4)).Problems.ShouldHaveSingleItem().ShouldEndWith("though later ones are: 3");
        KeysCompared([1, 2, 3, 4], [1, 2, 3], Keys(3, 4)).Problems.ShouldHaveSingleItem().ShouldEndWith("are there: 3");
        Parsed(Report("a", true, Insert(3))).Oddities.ShouldBeEmpty();
        ReportedLoss.ParseKeys($"[{Report("a", true, Insert(3))}]").Oddities.ShouldHaveSingleItem();
    }

    [Fact]
    public void Keys_that_were_accounted_for_once_are_not_counted_again()
    {
        var seen = new IdSet();
        KeysCompared([1, 2, 3], [1], Keys(2), seen).ShouldSatisfyAllConditions(its => its.Reported.ShouldBe(1), its => its.InNoLog.ShouldBe(1));
        KeysCompared([1, 2, 3, 4, 5], [1, 4], Keys(2, 5), seen).ShouldSatisfyAllConditions(
            its => its.Reported.ShouldBe(1), its => its.InNoLog.ShouldBe(0), its => its.Problems.ShouldBeEmpty());
    }

    private static ReportedLoss Keys(params long[] ids) => ReportedLoss.ParseKeys($"[{Report("a", true, [.. ids.Select(Key)])}]");

    private static string Key(long id) =>
        $$"""
        {"change":{"kind":"Insert","tables":[{"schema":"redis","name":"keys"}],"old":[],
        "new":[{"column":"key","text":"session:{{id}}"},{"column":"type","text":"string"},{"column":"value","text":"signed in"}]},"fate":"Free"}
        """;

    private static KeyLoss KeysCompared(long[] acknowledged, long[] present, ReportedLoss report, IdSet? seen = null)
    {
        var (ids, losses) = Counted(acknowledged, present);
        return KeyLoss.Of(ids, losses, seen ?? new IdSet(), report);
    }

    private static (IdSet Acknowledged, LossCheck Losses) Counted(long[] acknowledged, long[] present)
    {
        var ids = new IdSet();
        Array.ForEach(acknowledged, id => ids.Add(id));
        var losses = new LossCheck(ids);
        losses.CountLostAsync(read =>
        {
            Array.ForEach(present, read);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
        return (ids, losses);
    }
}
