namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What the lines and signs of a chart mean. It stands below the chart as text that wraps, and so never lies over anything.</summary>
internal sealed class Legend
{
    private const double Width = 32;
    private const double Height = 22;

    private readonly List<Node> _entries = [];

    public void Line(string look, string meaning) => Add(meaning, Looks.Segment(1, Height / 2, Width - 1, Height / 2).Of(look));

    public void Sign(Shape shape, bool isRinged, string meaning) => Add(meaning, [.. Looks.Sign(shape, Width / 2, Height / 2, isRinged)]);

    public void Bar(string look, string meaning) =>
        Add(meaning, new Element("rect").With("x", 4).With("y", 5).With("width", Width - 8).With("height", Height - 10).Of(look));

    public Element Draw() => new Element("ul", _entries).Of("legend");

    private void Add(string meaning, params Node[] swatch) =>
        _entries.Add(new Element("li", Svg.Ornament(Width, Height, swatch), new Element("span", meaning)));
}
