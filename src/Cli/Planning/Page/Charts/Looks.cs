namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>Kinds of points, told apart by their shape.</summary>
internal enum Shape
{
    /// <summary>A filled circle: all that is demanded is met.</summary>
    Full,
    /// <summary>An open circle: something is missed.</summary>
    Open,
    /// <summary>A cross: it cannot be had.</summary>
    Cross,
    /// <summary>A square: a place.</summary>
    Square,
}

/// <summary>The strokes and signs of charts, which <see cref="PageStyle"/> gives their colours and dashes.</summary>
internal static class Looks
{
    public const string First = "line-1";
    public const string Second = "line-2";
    public const string Third = "line-3";
    public const string Fourth = "line-4";
    /// <summary>What is demanded, or the most that there is.</summary>
    public const string Limit = "limit";
    public const string Wanted = "wanted";

    /// <param name="isRinged">It is the chosen one.</param>
    public static IEnumerable<Element> Sign(Shape shape, double x, double y, bool isRinged)
    {
        if (isRinged)
        {
            yield return Circle(x, y, 10).Of("ring");
        }

        switch (shape)
        {
            case Shape.Cross:
                yield return Segment(x - 4, y - 4, x + 4, y + 4).Of("sign open");
                yield return Segment(x - 4, y + 4, x + 4, y - 4).Of("sign open");
                break;
            case Shape.Square:
                yield return new Element("rect").With("x", x - 4.5).With("y", y - 4.5).With("width", 9).With("height", 9).Of("sign full");
                break;
            default:
                yield return Circle(x, y, 5).Of(shape == Shape.Full ? "sign full" : "sign open");
                break;
        }
    }

    public static Element Segment(double fromX, double fromY, double toX, double toY) =>
        new Element("line").With("x1", fromX).With("y1", fromY).With("x2", toX).With("y2", toY);

    public static Element Words(string text, double x, double y, string anchor, string look) =>
        new Element("text", text).With("x", x).With("y", y).With("text-anchor", anchor).Of(look);

    private static Element Circle(double x, double y, double radius) => new Element("circle").With("cx", x).With("cy", y).With("r", radius);
}
