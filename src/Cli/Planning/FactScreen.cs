using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Cli.Planning;

/// <summary>Every number of a plan with its source.</summary>
internal static class FactScreen
{
    public static IEnumerable<string> Render(PlanFacts facts, int width)
    {
        var table = new TextTable(
            0, new Column("OF"), new Column("NUMBER"), new Column("VALUE", Right: true), new Column("SOURCE"), new Column("WHERE FROM", Shrinks: true));
        foreach (var row in FactTable.Of(facts))
        {
            table.Add(
                new Cell(row.Of), new Cell(row.Name), new Cell(row.Text),
                new Cell(PatternWords.Of(row.Source), row.Source == FactSource.Assumed ? "yellow" : ""), new Cell(row.Origin));
        }

        return table.Render(width);
    }
}
