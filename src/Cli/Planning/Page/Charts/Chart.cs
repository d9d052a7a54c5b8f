namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>
/// A chart of lines and points. Its size is that of a telephone held upright, nearly: there its letters can still be read, and elsewhere charts
/// stand beside each other.
/// </summary>
internal sealed class Chart(string id, string title, string description, Axis x, Axis y)
{
    public const double Width = 400;
    public const double Height = 280;
    private const double Left = 58;
    private const double Right = 386;
    private const double Top = 32;
    private const double Bottom = 226;
    private const double Near = 12;
    private const int LongestTogether = 32;

    private readonly List<Node> _lines = [];
    private readonly List<Node> _signs = [];
    private readonly List<(double X, double Y, string Text)> _labels = [];
    private readonly LabelPlaces _places = new(Left, Top - 12, Right + 12, Bottom);

    public Legend Legend { get; } = new();

    public void Line(string look, string meaning, IEnumerable<(double X, double Y)> points)
    {
        var places = points.Select(point => FormattableString.Invariant($"{AtX(point.X):0.##},{AtY(point.Y):0.##}"));
        _lines.Add(new Element("polyline").With("points", string.Join(' ', places)).Of(look));
        Legend.Line(look, meaning);
    }

    /// <summary>A line across the whole chart.</summary>
    public void Level(string look, string meaning, double height) => Line(look, meaning, [(x.From, height), (x.To, height)]);

    /// <summary>A line from the bottom to the top.</summary>
    public void Upright(string look, string meaning, double place) => Line(look, meaning, [(place, y.From), (place, y.To)]);

    /// <param name="label">Stands beside it. Empty: nothing does.</param>
    public void Point(Shape shape, double placeX, double placeY, string label, bool isRinged = false)
    {
        _signs.AddRange(Looks.Sign(shape, AtX(placeX), AtY(placeY), isRinged));
        _places.Take(AtX(placeX), AtY(placeY), isRinged ? 10 : 5);
        if (label.Length > 0)
        {
            _labels.Add((AtX(placeX), AtY(placeY), label));
        }
    }

    /// <param name="caption">What the chart says, and where its numbers are from; below it.</param>
    public Element Draw(string caption)
    {
        var picture = Svg.Picture(id, Width, Height, title, description);
        foreach (var node in Frame.Draw(x, Left, Right, Top, Bottom).Concat(Heights()).Concat(_lines).Concat(_signs).Concat(Labels()))
        {
            picture.Add(node);
        }

        return Frame.Figure(title, picture, Legend, caption);
    }

    private IEnumerable<Node> Heights()
    {
        yield return Looks.Words(y.Title, 4, 16, "start", "axis-title");
        foreach (var tick in y.Ticks)
        {
            yield return Looks.Segment(Left, AtY(tick.At), Right, AtY(tick.At)).Of("grid");
            yield return Looks.Words(tick.Label, Left - 7, AtY(tick.At) + 4.5, "end", "tick");
        }
    }

    private IEnumerable<Node> Labels() => Gathered().Select(label =>
    {
        var place = _places.Place(label.X, label.Y, label.Text);
        return Looks.Words(label.Text, place.X, place.Y, place.Anchor, "label");
    });

    /// <summary>Points that lie over one another have one label, while it is short.</summary>
    private List<(double X, double Y, string Text)> Gathered()
    {
        var all = new List<(double X, double Y, string Text)>();
        foreach (var label in _labels)
        {
            var near = all.FindIndex(one => Math.Abs(one.X - label.X) < Near && Math.Abs(one.Y - label.Y) < Near);
            if (near >= 0 && all[near].Text.Length + label.Text.Length < LongestTogether)
            {
                all[near] = all[near] with { Text = $"{all[near].Text}, {label.Text}" };
            }
            else
            {
                all.Add(label);
            }
        }

        return all;
    }

    private double AtX(double value) => Left + (x.Share(value) * (Right - Left));

    private double AtY(double value) => Bottom - (y.Share(value) * (Bottom - Top));
}
