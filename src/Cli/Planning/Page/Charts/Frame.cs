namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What all charts have around what they show.</summary>
internal static class Frame
{
    /// <summary>The axis below, with its ticks.</summary>
    public static IEnumerable<Node> Draw(Axis x, double left, double right, double top, double bottom)
    {
        var free = double.NegativeInfinity;
        foreach (var tick in x.Ticks)
        {
            var at = left + (x.Share(tick.At) * (right - left));
            yield return Looks.Segment(at, top, at, bottom).Of("grid");
            // At the ends a label would reach over the edge.
            var half = (tick.Label.Length * LabelPlaces.Letter / 2) + 1;
            var middle = Math.Clamp(at, half, Chart.Width - half);
            if (middle - half >= free)
            {
                yield return Looks.Words(tick.Label, middle, bottom + 18, "middle", "tick");
                free = middle + half;
            }
        }

        yield return Looks.Segment(left, bottom, right, bottom).Of("axis");
        yield return Looks.Words(x.Title, (left + right) / 2, bottom + 42, "middle", "axis-title");
    }

    public static Element Figure(string title, Element picture, Legend legend, string caption) =>
        new("figure", new Element("h4", title), picture, legend.Draw(), new Element("figcaption", caption));

    /// <summary>In place of a chart that would have nothing to show.</summary>
    public static Element Without(string title, string why) => new("figure", new Element("h4", title), new Element("figcaption", why));
}
