using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>What the link means for a store whose pattern sends its log over it.</summary>
internal static class LinkPart
{
    public static Element Draw(StorePlan store) => store.Link is { } link
        ? StorePart.List(Facts(store, link))
        : new Element("p", store.Setting.Link is null
            ? "There is no other site with a link to it."
            : "The chosen pattern sends no stream over the link.");

    private static IEnumerable<(string Label, string Text)> Facts(StorePlan store, LinkOutlook link)
    {
        var route = link.Link.Route is { } length ? $", {QuantityText.Of(length.Value)} of route" : "";
        yield return ("Link", $"{link.Link.Name}: {QuantityText.Of(link.Link.RoundTrip.Value)} there and back{route}");
        yield return ("Carries", $"{QuantityText.Of(link.Capacity)} of this store's log, beside what the others write");
        yield return ("Used", $"{QuantityText.Percent(link.Utilisation)} on average, by all stores; in a peak this store takes "
            + $"{QuantityText.Percent(Backlog.Utilisation(store.Store.PeakLog.Value, link.Capacity))} of what is left for it");
        yield return ("Queue", link.FullAfter is { } full
            ? $"{QuantityText.Of(store.Store.Queue.Value)} last {QuantityText.Of(full)} while the link is down"
            : "nothing is written, so nothing piles up");
        yield return ("Outage to bridge", link.BridgesTheOutage
            ? $"{QuantityText.Of(link.Outage)}: bridged, with {QuantityText.Of(link.Needed)} of log"
            : $"{QuantityText.Of(link.Outage)}: NOT bridged, {QuantityText.Of(link.Needed)} would have to be kept; "
                + "the other site then needs a new copy");
        yield return ("Catches up", link switch
        {
            { BridgesTheOutage: false } => "not at all: the archive or a new copy has to serve",
            { CatchUp: { } time } => $"{QuantityText.Of(time)} after such an outage, at the average load",
            _ => "never: more is written than the link carries, or the standby replays",
        });
    }
}
