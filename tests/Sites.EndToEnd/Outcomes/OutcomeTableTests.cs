namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>The table's own rules. Needs no network.</summary>
public class OutcomeTableTests
{
    [Fact]
    public void There_is_every_combination_of_links_and_no_other()
    {
        var combinations = CutCase.All.Where(cut => cut.Way == Way.Both).Select(cut => string.Join(',', cut.Directions.Select(way => $"{way}").Order())).ToList();

        combinations.Count.ShouldBe(8);
        combinations.Distinct().Count().ShouldBe(8);
        CutCase.All.Select(cut => cut.Name).Distinct().Count().ShouldBe(CutCase.All.Length);
    }

    [Theory]
    [InlineData("nothing", "fence", false, Writer.Active)]
    [InlineData("A–B", "fence", false, Writer.Active)] // both see the witness: nobody moves
    [InlineData("A–B", "fence", true, Writer.Active)]
    [InlineData("A–W and B–W", "fence", true, Writer.Active)]
    [InlineData("A–B and A–W", "fence", false, Writer.Passive)]
    [InlineData("A–B and A–W, only from A", "fence", false, Writer.Passive)]
    [InlineData("A–B and A–W", "continue", false, Writer.Active)] // island mode
    [InlineData("A–B and A–W", "continue", true, Writer.Nobody)]
    [InlineData("A–B and B–W", "fence", false, Writer.Active)]
    [InlineData("A–B, A–W and B–W", "fence", false, Writer.Nobody)]
    [InlineData("A–B, A–W and B–W", "continue", false, Writer.Active)]
    public void The_design_says_who_writes(string name, string isolation, bool hostFails, Writer writer) =>
        Expectation.WriterOf(new Cell(Cut(name), new Column(isolation, hostFails))).ShouldBe(writer);

    [Fact]
    public void An_island_with_its_own_coordination_fails_over() =>
        Expectation.WriterOf(new Cell(Cut("A–B and A–W"), new Column("continue", true, CoordinationLayout.PerSite))).ShouldBe(Writer.Active);

    [Fact]
    public void The_table_has_a_row_for_each_case_and_a_cell_for_each_column()
    {
        var lines = OutcomeDocument.Table(cell => new Outcome(Expectation.WriterOf(cell), cell.HostFails, Expectation.Streams(cell), null, null).Text)
            .TrimEnd().Split('\n');

        lines.Length.ShouldBe(2 + CutCase.All.Length);
        lines.ShouldAllBe(line => line.Count(letter => letter == '|') == Column.All.Length + 2);
        lines.ShouldContain(line => line.StartsWith("| A–B and A–W | B takes over | A goes on, queueing |"));
    }

    [Fact]
    public void The_document_tells_the_outcome_of_every_cell()
    {
        foreach (var cell in CutCase.All.SelectMany(cut => Column.All.Select(column => new Cell(cut, column))))
        {
            var written = OutcomeDocument.Written(cell).ShouldNotBeNull($"{cell}");
            written.ShouldNotBe(OutcomeDocument.NotRun, $"{cell}");
            written.ShouldStartWith(Expectation.WriterOf(cell) switch { Writer.Active => "A ", Writer.Passive => "B takes over", _ => "nobody writes" }, Case.Sensitive, $"{cell}");
        }
    }

    private static CutCase Cut(string name) => CutCase.All.Single(cut => cut.Name == name);
}
