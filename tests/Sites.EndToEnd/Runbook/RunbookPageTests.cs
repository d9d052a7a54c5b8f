namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>The page and the fixtures belong together. Needs no network.</summary>
public class RunbookPageTests
{
    [Fact]
    public void Each_block_names_a_fixture_that_there_is_and_each_fixture_is_used()
    {
        var page = RunbookPage.OfRepository();

        page.Problems.ShouldBeEmpty();
        page.Blocks.Where(block => !Fixtures.All.ContainsKey(block.Fixture)).Select(block => $"{block}: there is no fixture {block.Fixture}")
            .ShouldBeEmpty();
        Fixtures.All.Keys.Except(page.Blocks.Select(block => block.Fixture)).ShouldBeEmpty("fixtures that no block uses");
        page.Blocks.GroupBy(block => block.Situation).Where(group => group.Select(block => Fixtures.All[block.Fixture].Stage).Distinct().Count() > 1)
            .Select(group => group.Key).ShouldBeEmpty("situations whose fixtures are of different stages");
    }

    [Fact]
    public void A_block_without_a_fixture_is_a_problem() =>
        RunbookPage.Parse(["## A", "", "<!-- run: fixture=calm -->", "```sh", "one", "```", "", "```sh", "two", "```"]).Problems
            .ShouldHaveSingleItem().ShouldContain(":8: no comment");

    [Fact]
    public void A_comment_that_is_not_understood_is_a_problem() =>
        RunbookPage.Parse(["<!-- run: fixtur=calm -->"]).Problems.ShouldHaveSingleItem().ShouldContain("not of the form");

    [Fact]
    public void Output_that_nothing_has_is_a_problem() =>
        RunbookPage.Parse(["## A", "```text", "fra is active", "```"]).Problems.ShouldHaveSingleItem().ShouldContain("nothing under this heading");

    [Fact]
    public void A_block_that_is_neither_typed_nor_seen_is_a_problem() =>
        RunbookPage.Parse(["## A", "```console", "$ holdfast status", "```"]).Problems.ShouldHaveSingleItem().ShouldContain("not 'console'");

    [Fact]
    public void A_link_to_a_situation_that_there_is_not_is_a_problem() =>
        RunbookPage.Parse(["[A](#a-site-is-lost), [B](#what-now)", "## A site is lost"]).Problems.ShouldHaveSingleItem().ShouldContain("#what-now");

    [Fact]
    public void Fixture_status_host_and_output_are_read()
    {
        var block = RunbookPage.Parse(
        [
            "## A site is lost", "<!-- run: fixture=site-lost exit=4 -->", "```sh", "# on fra-1", "holdfast status --check", "```",
            "You see:", "```text", "not safe: …", "```",
        ]).Blocks.ShouldHaveSingleItem();

        (block.Situation, block.Line, block.Fixture, block.Exit, block.Host).ShouldBe(("A site is lost", 3, "site-lost", 4, "fra-1"));
        block.Script.ShouldBe("# on fra-1\nholdfast status --check");
        block.Expected.ShouldBe(["not safe: …"]);
    }

    [Theory]
    [InlineData("Lag  0.1 s,\n   2.0 kB (RPO 5.0 s)\nLink  streaming", null)]
    [InlineData("Link  streaming\nLag  0.1 s, 2.0 kB (RPO 5.0 s)", "Link streaming")] // not in this order
    [InlineData("Lag  0.1 s, 2.0 kB (RPO 7.0 s)\nLink  streaming", "Lag …, … (RPO 5.0 s)")]
    public void What_the_page_shows_must_come_in_its_order_wherever_the_screen_breaks_lines(string output, string? missing) =>
        new RunbookBlock("", 1, "", 0, null, "", ["Lag …, … (RPO 5.0 s)", "Link streaming"]).Missing(output).ShouldBe(missing);
}
