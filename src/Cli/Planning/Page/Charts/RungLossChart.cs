using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What each rung of the ladder loses when the site is lost, as bars over a logarithmic time.</summary>
internal static class RungLossChart
{
    private const double Left = 12;
    private const double Right = 388;
    private const double Row = 36;
    private const double Thick = 12;

    public static Element Draw(StorePlan plan, string id)
    {
        var title = $"What each rung loses with a site: {plan.Store.Name}";
        var rungs = plan.Ladder.Select(rung => (Rung: rung, rung.After(FailureKind.Site).Rpo)).ToList();
        var asked = plan.Store.Objectives.GetValueOrDefault(FailureKind.Site)?.Rpo;
        var times = rungs.Select(rung => rung.Rpo).Append(asked).OfType<TimeSpan>().Where(time => time > TimeSpan.Zero)
            .Select(time => time.TotalSeconds).DefaultIfEmpty(1).ToList();
        // A tenth of the least, so that the least is still a bar.
        var axis = TimeAxis.Logarithmic("lost when the site is lost, at most", times.Min() / 10, times.Max());
        var bottom = 14 + (Row * rungs.Count);
        var picture = Svg.Picture(
            id, Chart.Width, bottom + 52, title,
            string.Join(". ", rungs.Select(rung => $"{PatternWords.Of(rung.Rung.Candidate.Pattern)}: {Value(rung.Rpo)}")) + ".");
        foreach (var node in Frame.Draw(axis, Left, Right, 8, bottom))
        {
            picture.Add(node);
        }

        var legend = new Legend();
        if (asked is { } rpo)
        {
            var at = Left + (axis.Share(rpo.TotalSeconds) * (Right - Left));
            picture.Add(Looks.Segment(at, 8, at, bottom).Of(Looks.Limit));
            legend.Line(Looks.Limit, $"demanded: at most {QuantityText.Of(rpo)}");
        }

        foreach (var node in rungs.SelectMany((rung, at) => Bar(rung.Rung, rung.Rpo, axis, 14 + (Row * at), rung.Rung == plan.Chosen)))
        {
            picture.Add(node);
        }

        legend.Bar("bar-chosen", "chosen");
        legend.Bar("bar-open", "can be had");
        legend.Bar("bar-closed", "cannot be had as things are");
        return Frame.Figure(title, picture, legend, "The scale is logarithmic. The reasons are in the ladder above.");
    }

    private static IEnumerable<Node> Bar(Assessment rung, TimeSpan? rpo, Axis axis, double top, bool isChosen)
    {
        yield return Looks.Words(PatternWords.Of(rung.Candidate.Pattern), Left + 2, top + 11, "start", isChosen ? "label strong" : "label");
        yield return Looks.Words(isChosen ? $"{Value(rpo)}, chosen" : Value(rpo), Right - 2, top + 11, "end", isChosen ? "label strong" : "label");
        var share = rpo is { } time ? axis.Share(time.TotalSeconds) : 1;
        if (share > 0)
        {
            yield return new Element("rect").With("x", Left).With("y", top + 16).With("width", share * (Right - Left)).With("height", Thick)
                .Of(isChosen ? "bar-chosen" : rung.CanBeHad ? "bar-open" : "bar-closed");
        }
    }

    private static string Value(TimeSpan? rpo) => rpo == TimeSpan.Zero ? "nothing" : QuantityText.Of(rpo, "everything");
}
