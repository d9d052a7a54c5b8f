using System.Text.Json.Nodes;

namespace Holdfast.Configuration.Tests;

public class ReportTests
{
    [Fact]
    public void A_valid_file_is_summed_up() =>
        CheckReport.ToText("holdfast.yaml", Sample.Parse(Sample.Text)).ShouldBe("holdfast.yaml is valid: system demo, 2 sites, 1 store, 3 members\n");

    [Fact]
    public void A_problem_that_fits_stands_on_one_line_and_a_longer_one_is_broken_at_100_columns()
    {
        var result = Sample.Parse(Sample.Text.Replace("system: demo", "system:\nsytem: x").Replace("127.0.0.1:5441", "x"));

        CheckReport.ToText("holdfast.yaml", result).ShouldBe("""
            holdfast.yaml:1:1  system
                has no value; use at most 63 lower-case letters, digits and dashes, a letter or digit at either
                end
            holdfast.yaml:2:1  sytem  'sytem' is not a key here; did you mean 'system'?
            holdfast.yaml:12:32  stores.orders.members.a.address
                'x' is not host:port; write for example 10.0.1.1:5432
            holdfast.yaml is not valid: 3 errors

            """);
    }

    [Fact]
    public void Warnings_are_marked_and_counted()
    {
        var text = CheckReport.ToText("h.yaml", Sample.WithInStore("site-failover: automatic"));

        text.ShouldContain("    warning: has no effect: every member is at fra; add members at a second site, or remove it\n");
        text.ShouldEndWith("h.yaml is valid, 1 warning: system demo, 2 sites, 1 store, 3 members\n");
    }

    [Fact]
    public void No_line_is_wider_than_asked_for()
    {
        var text = Sample.Text.Replace("127.0.0.1:544", "127.0.0.1:54a").Replace("kind: postgresql", "kind: mysql\n    timing: {lease: 1s}\n    acknowledgements: 9");

        foreach (var line in CheckReport.ToText("holdfast.yaml", Sample.Parse(text)).Split('\n'))
        {
            line.Length.ShouldBeLessThanOrEqualTo(100, line);
        }
    }

    [Fact]
    public void A_problem_of_the_whole_file_has_no_line() =>
        CheckReport.ToText("none.yaml", SystemFile.Load("/nonexistent/none.yaml", new FakeEnvironment()))
            .ShouldStartWith("none.yaml\n    the file does not exist; ");

    [Fact]
    public void The_same_is_there_for_programs()
    {
        var json = JsonNode.Parse(CheckReport.ToJson("h.yaml", Sample.With("127.0.0.1:5441", "x")))!;

        json["valid"]!.GetValue<bool>().ShouldBeFalse();
        json["errors"]!.GetValue<int>().ShouldBe(1);
        json["problems"]![0]!.ToJsonString().ShouldBe("""
            {"severity":"error","path":"stores.orders.members.a.address","line":11,"column":32,"message":"\u0027x\u0027 is not host:port","remedy":"write for example 10.0.1.1:5432"}
            """);
    }

    [Fact]
    public void A_member_is_found_by_name_and_an_unknown_name_gets_an_answer_that_helps()
    {
        var system = Sample.Parse(Sample.Text).System!;

        MemberLookup.Find(system, "b").Member!.Data.ShouldBe("/srv/b");
        MemberLookup.Find(system, "b").Problem.ShouldBeNull();
        MemberLookup.Find(system, "orders-fra-9").Problem.ShouldBe("system demo has no member 'orders-fra-9'; its members are: a, b, c");
        MemberLookup.Find(system, "B").Problem.ShouldBe("system demo has no member 'B'; did you mean 'b'? its members are: a, b, c");
    }
}
