using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What a link, and a standby, cannot carry of a store's log.</summary>
internal static class LinkGates
{
    /// <summary>A quarter more than there is to carry: at the very limit it would never catch up after an outage.</summary>
    /// <summary>Fewer lost packets than that are none, as far as a line can be ordered, and as percentages are written.</summary>
    private const double OneInAMillion = 1e-6;
    private const double Reserve = 1.25;

    public static IEnumerable<Gate> Of(Setting setting, Candidate candidate)
    {
        var store = setting.Store;
        var others = setting.AllLog.Less(store.Log.Value);
        // What waits for an answer cannot fall behind: in a peak that the link does not carry, commits stand in line.
        var waitedFor = setting.WaitsFor(candidate.Pattern);
        foreach (var gate in waitedFor is null ? [] : OfLink(waitedFor, store.PeakLog.Value, others, ("at its peak the store writes", "commits would wait")))
        {
            yield return gate;
        }

        // The link to the other site is asked once, for the more that it must carry.
        var streams = candidate.Streams || candidate.Pattern == DataPattern.LogShipping;
        var carries = streams && waitedFor != setting.LinkOrAssumed ? setting.LinkOrAssumed : null;
        foreach (var gate in carries is null ? [] : OfLink(carries, store.Log.Value, others, ("the store writes", "the other site would never catch up")))
        {
            yield return gate;
        }

        if ((streams || candidate.HasSuccessor) && store.Log.Value >= store.Replay.Value)
        {
            yield return new Gate(
                $"the store writes {QuantityText.Of(store.Log.Value)} and a standby replays {QuantityText.Of(store.Replay.Value)}: "
                + "it would never catch up",
                $"standbys that replay at least {QuantityText.Of(store.Log.Value * Reserve)}; one process replays");
        }
    }

    private static IEnumerable<Gate> OfLink(LinkFacts link, ByteRate own, ByteRate others, (string Writes, string Then) words)
    {
        if (own + others >= Setting.OfLine(link))
        {
            var beside = others.BytesPerSecond > 0 ? $", the other stores {QuantityText.Of(others)}" : "";
            yield return new Gate(
                $"{words.Writes} {QuantityText.Of(own)}{beside}, and the line of {link.Name} carries {QuantityText.Of(Setting.OfLine(link))}: {words.Then}",
                $"a line of at least {QuantityText.Digits(((own + others) * (Reserve / LinkCapacity.LogShare)).Megabits)} Mbit/s");
        }

        var byWindow = LinkCapacity.ByWindow(link.Window.Value, link.RoundTrip.Value);
        if (own >= byWindow)
        {
            yield return new Gate(
                $"{words.Writes} {QuantityText.Of(own)}, and a window of {QuantityText.Of(link.Window.Value)} carries "
                + $"{QuantityText.Of(byWindow)} over the {QuantityText.Of(link.RoundTrip.Value)} of {link.Name}: {words.Then}",
                $"a window of at least {QuantityText.Of(LinkCapacity.WindowToFill(own * Reserve, link.RoundTrip.Value))}");
        }

        var byLoss = LinkCapacity.ByLoss(link.Loss.Value, link.RoundTrip.Value);
        if (own >= byLoss)
        {
            var bearable = LinkCapacity.LossToCarry(own * Reserve, link.RoundTrip.Value).Value;
            yield return new Gate(
                $"{words.Writes} {QuantityText.Of(own)}, and with {QuantityText.Percent(link.Loss.Value.Value)} of the packets of {link.Name} lost a "
                + $"connection carries {QuantityText.Of(byLoss)}: {words.Then}",
                $"a line that loses at most {QuantityText.Percent(bearable < OneInAMillion ? 0 : bearable)} of packets");
        }
    }
}
