using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>A recovery's parts as one bar, with the parts named below it in the same order.</summary>
internal static class RecoveryBar
{
    private const double Width = 240;
    private const double Height = 12;

    /// <summary>What a part has at least, so that it is seen beside one that is a thousand times longer.</summary>
    private const double Least = 3;

    public static Node Draw(Outcome outcome, string id)
    {
        if (outcome.Recovery is not { } recovery)
        {
            return new Element("p", "Nothing that was planned brings it back.");
        }

        if (recovery.Parts.IsEmpty)
        {
            return new Element("p", "It goes on without a break.");
        }

        var name = $"{id}-{outcome.Failure.ToString().ToLowerInvariant()}";
        var bar = Svg.Picture(
            name, Width, Height, $"Recovery after {PatternWords.Of(outcome.Failure)}: {QuantityText.Of(recovery.Total)}",
            string.Join(", ", recovery.Parts.Select(part => $"{PatternWords.Of(part.Part)} {QuantityText.Of(part.Time)}")))
            .Of("bar").With("preserveAspectRatio", "none");
        var total = recovery.Parts.Sum(part => part.Time.TotalSeconds);
        var free = Width - (Least * recovery.Parts.Length);
        var left = 0.0;
        var list = new Element("ul").Of("parts");
        foreach (var part in recovery.Parts)
        {
            var look = $"part-{part.Part.ToString().ToLowerInvariant()}";
            var width = Least + (free * part.Time.TotalSeconds / total);
            bar.Add(new Element("rect").With("x", left).With("y", 0).With("width", width).With("height", Height).Of(look));
            left += width;
            list.Add(new Element(
                "li", new Element("span").Of($"chip {look}"), new Element("strong", PatternWords.Of(part.Part)), $" {QuantityText.Of(part.Time)} ",
                new Element("small", part.Why)));
        }

        return new Element("div", bar, list);
    }
}
