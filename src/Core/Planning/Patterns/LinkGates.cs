using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What a link, and a standby, cannot carry of a store's log.</summary>
internal static class LinkGates
{
    /// <summary>Fewer lost packets than that are none, as far as a line can be ordered, and as percentages are written.</summary>
    private const double OneInAMillion = 1e-6;

    /// <summary>A quarter more than there is to carry: at the very limit it would never catch up after an outage.</summary>
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

        // A repository elsewhere is over the same line, as long as there is one.
        var archives = candidate.Pattern == DataPattern.Backup && setting.Store.HasBackup.Value ? setting.Link : null;
        foreach (var gate in archives is null ? [] : OfLine(
            archives, setting.ToRepository, others, ("backups and log come to", "the repository would never have all of it")))
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

    /// <summary>The link as it must be to carry the store's log in its busiest time, or on average only, and what is to be changed for that.</summary>
    public static (LinkFacts Link, ImmutableArray<Gate> Done) Widened(Setting setting, LinkFacts link, bool peak)
    {
        var (own, others) = (peak ? setting.Store.PeakLog.Value : setting.Store.Log.Value, setting.AllLog.Less(setting.Store.Log.Value));
        (string, string) words = peak ? ("at its peak the store writes", "what waits is lost with the site")
            : ("the store writes", "the other site would never catch up");
        // Backups over the line count where they are more than the log.
        var all = own >= setting.ToRepository ? own : setting.ToRepository;
        return (
            link with
            {
                Line = Wider(link.Line, (all + others) * (Reserve / LinkCapacity.LogShare), Setting.OfLine(link) > all + others),
                Window = LinkCapacity.ByWindow(link.Window.Value, link.RoundTrip.Value) > all
                    ? link.Window
                    : Fact.Derived(LinkCapacity.WindowToFill(all * Reserve, link.RoundTrip.Value), "what would do"),
                Loss = LinkCapacity.ByLoss(link.Loss.Value, link.RoundTrip.Value) > all ? link.Loss : Fact.Derived(Bearable(link, all), "what would do"),
            },
            [.. OfLink(link, all, others, words)]);
    }

    /// <summary>What would have to carry the store's log in its busiest time. Null: it is carried.</summary>
    public static string? LineForPeak(Setting setting) => Widened(setting, setting.LinkOrAssumed, peak: true).Done is [var first, ..] ? first.Change : null;

    private static Fact<ByteRate> Wider(Fact<ByteRate> line, ByteRate needed, bool isEnough) => isEnough ? line : Fact.Derived(needed, "what would do");

    private static Probability Bearable(LinkFacts link, ByteRate own)
    {
        var bearable = LinkCapacity.LossToCarry(own * Reserve, link.RoundTrip.Value);
        return bearable.Value < OneInAMillion ? Probability.Never : bearable;
    }

    private static IEnumerable<Gate> OfLink(LinkFacts link, ByteRate own, ByteRate others, (string Writes, string Then) words) =>
        [.. OfLine(link, own, others, words), .. OfConnection(link, own, words)];

    private static IEnumerable<Gate> OfLine(LinkFacts link, ByteRate own, ByteRate others, (string Writes, string Then) words)
    {
        if (own + others >= Setting.OfLine(link))
        {
            var beside = others.BytesPerSecond > 0 ? $", the other stores {QuantityText.Of(others)}" : "";
            yield return new Gate(
                $"{words.Writes} {QuantityText.Of(own)}{beside}, and the line of {link.Name} carries {QuantityText.Of(Setting.OfLine(link))}: {words.Then}",
                $"a line of at least {QuantityText.Digits(((own + others) * (Reserve / LinkCapacity.LogShare)).Megabits)} Mbit/s");
        }
    }

    private static IEnumerable<Gate> OfConnection(LinkFacts link, ByteRate own, (string Writes, string Then) words)
    {
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
            yield return new Gate(
                $"{words.Writes} {QuantityText.Of(own)}, and with {QuantityText.Percent(link.Loss.Value.Value)} of the packets of {link.Name} lost a "
                + $"connection carries {QuantityText.Of(byLoss)}: {words.Then}",
                $"a line that loses at most {QuantityText.Percent(Bearable(link, own).Value)} of packets");
        }
    }
}
