namespace Holdfast.Cli.Planning.Page.Charts;

/// <param name="Anchor">Of the text at its x: <c>start</c>, <c>middle</c> or <c>end</c>.</param>
internal readonly record struct LabelPlace(double X, double Y, string Anchor);

/// <summary>Puts labels beside their points so that none lies over another, or over a point.</summary>
internal sealed class LabelPlaces(double left, double top, double right, double bottom)
{
    /// <summary>What a letter of <see cref="PageStyle"/>'s charts takes; a little much, for fonts differ.</summary>
    public const double Letter = 8;
    private const double Row = 16;
    private const double Above = 11;
    private const double Below = 4;

    private static readonly (double X, double Y, string Anchor)[] Beside =
    [
        (12, 4, "start"), (-12, 4, "end"), (0, -13, "middle"), (0, 22, "middle"),
        (9, -11, "start"), (9, 20, "start"), (-9, -11, "end"), (-9, 20, "end"),
        (0, -29, "middle"), (0, 38, "middle"), (12, -27, "start"), (12, 36, "start"), (-12, -27, "end"), (-12, 36, "end"),
    ];

    private readonly List<Box> _taken = [];

    /// <summary>Where something is drawn that no label may lie over.</summary>
    public void Take(double x, double y, double around) => _taken.Add(new Box(x - around, y - around, x + around, y + around));

    public LabelPlace Place(double x, double y, string text)
    {
        foreach (var (dx, dy, anchor) in Beside)
        {
            var place = new LabelPlace(x + dx, y + dy, anchor);
            var box = BoxOf(place, text);
            if (box.Left >= left && box.Right <= right && box.Top >= top && box.Bottom <= bottom && !_taken.Any(box.Meets))
            {
                _taken.Add(box);
                return place;
            }
        }

        return InRows(x, y, text);
    }

    /// <summary>Nothing is free beside it: the nearest row above or below that is.</summary>
    private LabelPlace InRows(double x, double y, string text)
    {
        var width = text.Length * Letter;
        var start = Math.Max(left, Math.Min(x, right - width));
        var rows = Enumerable.Range(0, (int)((bottom - top) / Row)).Select(row => top + Above + (row * Row))
            .OrderBy(row => Math.Abs(row - y)).ToList();
        var free = rows.Where(row => !_taken.Any(BoxOf(new LabelPlace(start, row, "start"), text).Meets))
            .Select(row => (double?)row).FirstOrDefault();
        var place = new LabelPlace(start, free ?? rows[0], "start");
        _taken.Add(BoxOf(place, text));
        return place;
    }

    private static Box BoxOf(LabelPlace place, string text)
    {
        var width = text.Length * Letter;
        var start = place.Anchor switch { "start" => place.X, "end" => place.X - width, _ => place.X - (width / 2) };
        return new Box(start, place.Y - Above, start + width, place.Y + Below);
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
