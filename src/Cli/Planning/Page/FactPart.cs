using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Cli.Planning.Page;

/// <summary>The end of the page: every number that the plan was made from, with its source.</summary>
internal static class FactPart
{
    public const string Id = "facts";

    public static Element Draw(PlanFacts facts)
    {
        var table = new Table(
            "Every number of this plan", new Heading("Of"), new Heading("Number"), new Heading("Value", IsNumber: true), new Heading("Source"),
            new Heading("Where from"));
        foreach (var row in FactTable.Of(facts))
        {
            table.Add(row.Source == FactSource.Assumed ? "assumed" : "", row.Of, row.Name, row.Text, PatternWords.Of(row.Source), row.Origin);
        }

        return new Element(
            "section",
            new Element("h2", "The numbers"),
            new Element("p", $"{Counted(facts)} What is assumed is worth declaring first where it matters."),
            table.Draw()).With("id", Id).Of("numbers");
    }

    /// <summary>How much of the plan is known, and how much assumed.</summary>
    public static string Counted(PlanFacts facts)
    {
        var rows = FactTable.Of(facts).ToList();
        var counted = Enum.GetValues<FactSource>().Select(source => (Source: source, Count: rows.Count(row => row.Source == source)));
        var words = counted.Where(pair => pair.Count > 0).Select(pair => $"{pair.Count} {PatternWords.Of(pair.Source)}");
        return $"{rows.Count} numbers: {string.Join(", ", words)}.";
    }
}
