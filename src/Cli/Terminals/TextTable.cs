using System.Text;

namespace Holdfast.Cli.Terminals;

/// <param name="Shrinks">May be cut (with …) when the table is wider than the screen.</param>
/// <param name="Wraps">Goes on below itself instead of being cut.</param>
internal sealed record Column(string Title, bool Right = false, bool Shrinks = false, bool Wraps = false);

internal sealed record Cell(string Text, string Style = "");

/// <summary>A table without borders, with free lines between its rows. Gives lines of markup that fit the width.</summary>
internal sealed class TextTable(int indent, params Column[] columns)
{
    private const int Gap = 2;
    private const int Narrowest = 8;

    private readonly List<(Cell[]? Cells, string? Line)> _rows = [];

    public void Add(params Cell[] cells) => _rows.Add((cells, null));

    /// <summary>A line of markup of its own.</summary>
    public void AddLine(string markup) => _rows.Add((null, markup));

    public IEnumerable<string> Render(int width)
    {
        var widths = Widths(width);
        yield return Row([.. columns.Select(column => new Cell(column.Title, "dim"))], widths);
        foreach (var (cells, line) in _rows)
        {
            foreach (var part in line is null ? Lines(cells!, widths) : [line])
            {
                yield return part;
            }
        }
    }

    /// <summary>As many as its longest cell that goes on below itself needs.</summary>
    private IEnumerable<string> Lines(Cell[] cells, int[] widths)
    {
        var parts = cells.Select((cell, at) => columns[at].Wraps ? Parts(cell.Text, widths[at]) : [cell.Text]).ToArray();
        return Enumerable.Range(0, parts.Max(part => part.Count))
            .Select(row => Row([.. cells.Select((cell, at) => cell with { Text = row < parts[at].Count ? parts[at][row] : "" })], widths));
    }

    private static List<string> Parts(string text, int width) =>
        [.. TextFlow.Wrap(text, width).SelectMany(line => line.Length == 0 ? [""] : line.Chunk(width).Select(part => new string(part)))];

    private int[] Widths(int width)
    {
        var widths = columns
            .Select((column, at) =>
                _rows.Where(row => row.Cells is not null).Select(row => row.Cells![at].Text.Length).Append(column.Title.Length).Max())
            .ToArray();
        while (indent + widths.Sum() + (Gap * (columns.Length - 1)) > width)
        {
            var shrinkable = Enumerable.Range(0, columns.Length).Where(at => columns[at].Shrinks && widths[at] > Narrowest).ToList();
            if (shrinkable.Count == 0)
            {
                break; // wider than the screen: better than without what it says
            }

            widths[shrinkable.MaxBy(at => widths[at])]--;
        }

        return widths;
    }

    private string Row(Cell[] cells, int[] widths)
    {
        var line = new StringBuilder(new string(' ', indent));
        for (var at = 0; at < cells.Length; at++)
        {
            var text = cells[at].Text.Length > widths[at] ? $"{cells[at].Text[..(widths[at] - 1)]}…" : cells[at].Text;
            var padding = new string(' ', widths[at] - text.Length);
            var styled = Terminal.Styled(text, cells[at].Style);
            var last = at == cells.Length - 1;
            line.Append(columns[at].Right ? padding + styled : last ? styled : styled + padding);
            line.Append(last ? "" : new string(' ', Gap));
        }

        return line.ToString().TrimEnd();
    }
}
