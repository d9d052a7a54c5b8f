namespace Holdfast.Cli.Planning.Page;

/// <param name="IsNumber">Stands at the right.</param>
internal sealed record Heading(string Title, bool IsNumber = false);

/// <summary>
/// A table that becomes a list of cards on a narrow screen: each cell then says what it is. The roles are written out, because a table that is not
/// shown as one would not be told as one.
/// </summary>
internal sealed class Table(string caption, params Heading[] headings)
{
    private readonly Element _body = new Element("tbody").With("role", "rowgroup");

    /// <summary>A row; its first cell is its heading.</summary>
    public void Add(string cssClass, params Node[] cells)
    {
        var row = new Element("tr").With("role", "row");
        if (cssClass.Length > 0)
        {
            row.Of(cssClass);
        }

        for (var at = 0; at < cells.Length; at++)
        {
            var cell = at == 0
                ? new Element("th", cells[at]).With("scope", "row").With("role", "rowheader")
                : new Element("td", new Element("div", cells[at])).With("role", "cell").With("data-label", headings[at].Title);
            row.Add(headings[at].IsNumber ? cell.Of("number") : cell);
        }

        _body.Add(row);
    }

    public Element Draw() => new Element(
        "table",
        new Element("caption", caption),
        new Element(
            "thead",
            new Element("tr", headings.Select(Head)).With("role", "row")).With("role", "rowgroup"),
        _body).With("role", "table");

    private static Element Head(Heading heading)
    {
        var cell = new Element("th", heading.Title).With("scope", "col").With("role", "columnheader");
        return heading.IsNumber ? cell.Of("number") : cell;
    }
}
