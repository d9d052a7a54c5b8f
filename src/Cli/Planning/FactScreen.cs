using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Cli.Planning;

/// <summary>Every number of a plan with its source.</summary>
internal static class FactScreen
{
    /// <summary>With less room than that beside the others, where a number is from stands below it: cut off, it would say nothing.</summary>
    private const int LeastOrigin = 24;

    private const int Gaps = 8;

    public static IEnumerable<string> Render(PlanFacts facts, int width)
    {
        var rows = FactTable.Of(facts).ToList();
        var beside = width - Gaps - rows.Max(row => row.Of.Length) - rows.Max(row => row.Name.Length) - rows.Max(row => row.Text.Length)
            - rows.Max(row => PatternWords.Of(row.Source).Length) >= LeastOrigin;
        Column[] first = [new("OF"), new("NUMBER", Shrinks: !beside), new("VALUE", Right: true), new("SOURCE")];
        var table = new TextTable(0, beside ? [.. first, new Column("WHERE FROM", Shrinks: true, Wraps: true)] : first);
        foreach (var row in rows)
        {
            Cell[] cells =
            [
                new(row.Of), new(row.Name), new(row.Text), new(PatternWords.Of(row.Source), row.Source == FactSource.Assumed ? "yellow" : ""),
            ];
            table.Add(beside ? [.. cells, new Cell(row.Origin)] : cells);
            foreach (var line in beside ? [] : TextFlow.Hanging("", row.Origin, 4, 0, width))
            {
                table.AddLine(Terminal.Styled(line, "dim"));
            }
        }

        return table.Render(width);
    }
}
