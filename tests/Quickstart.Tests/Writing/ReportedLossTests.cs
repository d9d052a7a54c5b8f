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
        var ids = new IdSet();
        Array.ForEach(acknowledged, id => ids.Add(id));
        var losses = new LossCheck(ids);
        losses.CountLostAsync(read =>
        {
            Array.ForEach(present, read);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
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
}
